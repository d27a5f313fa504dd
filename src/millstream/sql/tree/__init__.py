"""The syntax tree: ``expressions``, ``queries``, ``statements``. Import it as ``from millstream.sql import tree``."""

from millstream.sql.tree.expressions import *
from millstream.sql.tree.queries import *
from millstream.sql.tree.statements import *
