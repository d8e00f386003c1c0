"""The glossary of a service back into its file."""

from typing import Any

from courses.exporting.course import in_order
from courses.exporting.output import Output
from courses.glossary import FILE
from courses.models import Term
from lms.people.models import Organisation
from lms.readable import parse_yaml
from lms.yaml_edits import Flow, Known


def export_glossary(owner: Organisation, output: Output) -> None:
    """Gather what the file is to say; terms that the service does not have stay in it."""
    found: dict[str, Any] = parse_yaml(output.text(FILE)) or {}
    terms = {term.key: _said(term) for term in Term.objects.filter(service=owner).order_by("pk")}
    if not terms:
        return
    for key in found.keys() - terms.keys():
        output.tell(FILE, f"{key} is not in the service and stays as it is")
    wanted = {key: terms.get(key, value) for key, value in found.items()}
    wanted |= {key: term for key, term in terms.items() if key not in found}
    output.yaml(FILE, wanted, spaced=True)


def _said(term: Term) -> Known:
    return Known(
        {
            "term": Flow(in_order(term.term)),
            "definition": in_order(term.definition),
            "avoid": {code: list(words) for code, words in term.avoid.items()},
        },
        defaults={"avoid": {}},
    )
