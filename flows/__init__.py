"""救助数仓 (`jiuzhu`): from departments' files to assistance statistics, one module a step."""
