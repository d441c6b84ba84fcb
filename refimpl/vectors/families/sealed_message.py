"""The family `sealed-message`: which sealed text can be opened, and whether what is in it is
believed.  It asks what `signed-message` asks, of texts of five parts.
"""

from typing import Final

from refimpl.vectors.families import signed_message

OPERATIONS: Final = {"message.unprotect": signed_message.OPERATIONS["message.unprotect"]}
