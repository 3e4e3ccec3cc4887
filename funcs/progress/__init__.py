"""What a person sees while something long goes on, on a terminal, in a log or in a notebook."""
