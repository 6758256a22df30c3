"""Networks that judge a folded hairpin: their files, their scores, what the scores mean, the mature arms."""
