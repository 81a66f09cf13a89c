# make run [PROJECT=path]   set up and open the window
# make test                 set up and run everything CI runs

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
DISPLAY_RUN := sh installers/linux/with-display.sh

.PHONY: run test format lint types layers tests screenshots bench accuracy lock clean

run: $(VENV)/run.stamp
	@sh installers/linux/system-libraries.sh run
	@$(BIN)/lastmile open $(if $(PROJECT),"$(PROJECT)",--sample)

test: $(VENV)/test.stamp
	@sh installers/linux/system-libraries.sh test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(DISPLAY_RUN) sh -c '$(BIN)/python -m pytest tests/ui tests/e2e & windows=$$!; \
		$(BIN)/python -m pytest --ignore=tests/ui --ignore=tests/e2e; rest=$$?; wait $$windows && exit $$rest'

lint: $(VENV)/test.stamp
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports && $(BIN)/pyright --pythonpath $(BIN)/python

format: $(VENV)/test.stamp
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

screenshots: $(VENV)/test.stamp
	@sh installers/linux/system-libraries.sh test
	$(DISPLAY_RUN) $(BIN)/python -m tests.ui.screenshots docs/screenshots

bench: $(VENV)/test.stamp
	@sh installers/linux/system-libraries.sh test
	$(DISPLAY_RUN) $(BIN)/python -m benchmarks $(ONLY)

accuracy: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.accuracy $(if $(REPOSITORIES),--repositories "$(REPOSITORIES)")

lock: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/run.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/test.lock

clean:
	rm -rf $(VENV) build dist

$(VENV)/%.stamp: requirements/%.lock pyproject.toml installers/make-venv.sh
	@sh installers/make-venv.sh "$(PYTHON)" $(VENV) requirements/$*.lock
	@touch $@
