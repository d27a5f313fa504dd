"""The syntax tree: ``expressions``, ``queries``, ``statements``. Import it as ``from millstream.sql import tree``."""

from millstream.sql.tree.expressions import *  # noqa: F403
from millstream.sql.tree.queries import *  # noqa: F403
from millstream.sql.tree.statements import *  # noqa: F403
