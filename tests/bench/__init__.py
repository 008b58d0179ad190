"""Side-by-side benchmarks: what the platform costs against small honest rivals, measured in one run on two cores.

`make bench` takes hours; `make bench ARGS="--only relay --pairs 3 --seconds 1"` shows in a minute whether it works.
"""
