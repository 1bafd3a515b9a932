"""What the problems of reading a file mean; their rules stand in the reader, each where it reads."""

from __future__ import annotations

READING = {
    "domain-unknown": "The domain of a card file is one of exam.yaml's.",
    "exam-domain": "The domain of an objective is one of exam.yaml's.",
    "exam-profile": "A weight profile gives every domain a weight, one of them above 0, and is not named `default`.",
    "exam-repeated": "No domain and no objective is listed twice.",
    "length": "A list has as many items as its field allows.",
    "missing-key": "A field that is always needed is there.",
    "type": "A value has the form of its field: text, a list, a number, true or false, a date, one of a few words.",
    "unknown-key": "A key is one that certdrill knows; the nearest one is named.",
    "yaml-alias": "A text is written out where it is read; YAML aliases (`*name`) are not used.",
    "yaml-anchor": "YAML anchors (`&name`) are not used: quote a text that begins with `&`.",
    "yaml-control": "A file holds no control characters and no invisible marks that turn the direction of text.",
    "yaml-cut": "An unquoted ` #` begins a comment and cuts a text short: quote the text.",
    "yaml-document": "A file is one YAML document; `---` begins no second one.",
    "yaml-encoding": "A file is UTF-8 text.",
    "yaml-key": "A key is plain text.",
    "yaml-merge": "YAML merge keys (`<<`) are not used.",
    "yaml-repeated-key": "A key stands once in its mapping: in YAML the second would win without a word.",
    "yaml-size": "A file and its nesting are of a size a person writes: 20 to 40 cards.",
    "yaml-syntax": "A file is valid YAML; a text that holds `: ` is quoted, or started with `>-` on the line before.",
    "file-unreadable": "Every file of cards can be opened; one that cannot is named, and the others are still used.",
    "yaml-tab": "YAML is indented with spaces.",
    "yaml-tag": "YAML tags (`!name`) are not used: quote a text that begins with `!`.",
}
