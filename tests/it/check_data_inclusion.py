"""Checks an export with the reference of the data·inclusion schema, v1.

    check_data_inclusion.py FILE

Prints what is wrong, one line each, warnings included; exits 1 if anything is.
"""

import json
import sys
from pathlib import Path

from data_inclusion.schema.v1 import Service, Structure
from pydantic import ValidationError


def wrong_with(model, items: list):
    """Yields what is wrong with the records of one kind."""
    ids = [item.get("id") for item in items]
    if len(set(ids)) != len(ids):
        yield f"{model.__name__}: an identifier is given twice"
    for item in items:
        unknown = set(item) - set(model.model_fields)
        if unknown:
            yield f"{model.__name__} {item.get('id')}: {sorted(unknown)} are no fields"
        try:
            model.model_validate_json(json.dumps(item), context={"ignore_warnings": False})
        except ValidationError as error:
            for fault in error.errors():
                yield f"{model.__name__} {item.get('id')}: {fault['loc']}: {fault['msg']}: {fault['input']!r}"


def main() -> int:
    export = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    structures, services = export["structures"], export["services"]
    wrong = [*wrong_with(Structure, structures), *wrong_with(Service, services)]
    known = {structure["id"] for structure in structures}
    wrong += [f"Service {service['id']}: its structure is not there" for service in services if service["structure_id"] not in known]
    print("\n".join(wrong) if wrong else f"{len(structures)} structures, {len(services)} services")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
