"""What the APIs answer, as far as pages use it: the addresses that are read, each with the model of its answer.

Services and the website are updated one after the other, so an answer may be of another version. Fields that are not
known here are ignored, what a version may leave out has a default, and words of vocabularies are plain texts. Records
and parts of them that are also events are the models of their contracts.
"""
