"""What Drosha looks at beside a hairpin: the motifs in its flanks, and the lower stem that it holds."""
