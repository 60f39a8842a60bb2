"""Imported before `ogb`, which asks the network on import whether there is a newer one, and a person whether to
download: here the first is left out and the second ends in EOFError."""

import os
import sys
import types

sys.modules["outdated"] = types.SimpleNamespace(check_outdated=lambda *_: (False, ""))
sys.stdin = open(os.devnull, encoding="utf-8")
