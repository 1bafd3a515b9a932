"""Where certdrill keeps what belongs to a person: alone asks the platform and the environment."""

from __future__ import annotations

import os
import sys


def user_folder(kind: str) -> str:
    """Return certdrill's folder for `data`, `cache` or `config`: XDG's where set, else the platform's own."""
    variable, fallback = {
        "data": ("XDG_DATA_HOME", ".local/share"),
        "cache": ("XDG_CACHE_HOME", ".cache"),
        "config": ("XDG_CONFIG_HOME", ".config"),
    }[kind]
    base = os.environ.get(variable, "")
    if not os.path.isabs(base):
        home = os.path.expanduser("~")
        if sys.platform == "darwin":
            fallback = {"cache": "Library/Caches"}.get(kind, "Library/Application Support")
        base = os.path.join(home, fallback)
    return os.path.join(base, "certdrill")


def config_path() -> str:
    """Return the file of settings: CERTDRILL_CONFIG, else config.toml in certdrill's configuration folder."""
    return os.environ.get("CERTDRILL_CONFIG") or os.path.join(user_folder("config"), "config.toml")
