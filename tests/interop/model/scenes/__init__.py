"""What the search tries: each scene has parties that do what they can, and says what must never happen."""

from scenes.custodians import Answers, Clocks, Keys, Revoking
from scenes.deletion import Accusing, Answering, Hiding, Ignoring, Lapsing, Preserving, Running, Stealing
from scenes.registrars import Registrars, Regrouping, Tightening
from scenes.requests import Numbers
from scenes.roots import Breaking, Handovers, Witnesses
from town import Scene

SCENES: dict[str, type[Scene]] = {scene.name: scene for scene in (
    Hiding, Accusing, Lapsing, Ignoring, Answering, Stealing, Preserving, Running, Registrars, Regrouping, Tightening,
    Numbers, Witnesses, Handovers, Breaking, Keys, Clocks, Answers, Revoking)}
