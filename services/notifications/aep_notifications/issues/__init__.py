"""Issues: one edition of a newsletter, assembled from approved updates, edited, approved by a second person, sent."""
