"""The corpus: YAML files and a blueprint, read into values and located problems; owns yaml."""
