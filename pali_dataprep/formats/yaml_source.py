"""YAML files whose scalars stay the text that is written.

YAML itself would take a class named `no` for false, and one named `1.0` for a number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pali_dataprep.errors import InputError

YAML_SUFFIXES = (".yaml", ".yml")


def read_yaml(path: Path) -> Any:
    """Mappings, lists and texts. Raises InputError, with the line where there is one, for what is not YAML."""
    try:
        return yaml.load(path.read_bytes(), Loader=yaml.BaseLoader)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise InputError(f"{path}: the YAML is nested too deeply") from error
