.PHONY: setup demo test check lint
setup demo test check lint:
	scripts/$@
