"""The Assist & Care portal: incidents, contracts and the clock that runs them."""
