"""One text for the fields of a request and the arguments of the function that takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc, signature
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def documented_by(request: type) -> Callable[[Function], Function]:
    """Let `help` say of the arguments of a function what its request says of its fields."""

    def document(function: Function) -> Function:
        described = re.findall(r"^    (\w+)(:.*(?:\n {8}.*)*)", cleandoc(request.__doc__ or ""), re.MULTILINE)
        names = signature(function).parameters
        lines = [f"    {name}{text}\n" for name, text in described if name in names]
        head, args, rest = cleandoc(function.__doc__ or "").partition("Args:\n")
        function.__doc__ = head + args + "".join(lines) + rest
        return function

    return document
