"""Mutants of the EMAID under which a contract is shown."""

from typing import Final

from refimpl.vectors.mutants import Mutant

PRIVACY: Final = "refimpl.security.privacy"
TEXT: Final = 'f"{receiver} {issuer}{contract.instance}".encode()'

# fmt: off
MUTANTS: Final = (
    Mutant("PRV-4", "a key of 31 bytes", "takes 'at least' for 'more than', one off", PRIVACY, "if len(key) < 32:", "if len(key) < 31:"),
    Mutant("PRV-4", "a key of 33 bytes", "asks for more than 32 bytes", PRIVACY, "if len(key) < 32:", "if len(key) < 33:"),
    Mutant("PRV-4", "exactly 32 bytes", "refuses a longer key", PRIVACY, "if len(key) < 32:", "if len(key) != 32:"),
    Mutant("PRV-4", "any key", "makes no check of the key", PRIVACY, "if len(key) < 32:", "if False:"),
    Mutant("PRV-4", "the key cut to 32 bytes", "uses the first 32 bytes", PRIVACY, "hmac.digest(key,", "hmac.digest(key[:32],"),
    Mutant("PRV-4", "the key after the EMAID", "reads the EMAID before it looks at the key", PRIVACY,
           'if len(key) < 32:\n', 'parse_emaid(emaid, "canonical")\n    if len(key) < 32:\n'),
    Mutant("PRV-3", "for every receiver alike", "leaves the receiver out", PRIVACY, TEXT, 'f"{issuer}{contract.instance}".encode()'),
    Mutant("PRV-3", "no space", "joins receiver and EMAID without a space", PRIVACY, TEXT, 'f"{receiver}{issuer}{contract.instance}".encode()'),
    Mutant("PRV-3", "a zero byte for the space", "puts another separator", PRIVACY, TEXT, 'f"{receiver}\\0{issuer}{contract.instance}".encode()'),
    Mutant("PRV-3", "the EMAID first", "puts the receiver behind", PRIVACY, TEXT, 'f"{issuer}{contract.instance} {receiver}".encode()'),
    Mutant("PRV-3", "with the check character", "takes the whole canonical form", PRIVACY, TEXT, 'f"{receiver} {contract}".encode()'),
    Mutant("PRV-3", "the text as given", "takes the EMAID as it was written", PRIVACY, TEXT, 'f"{receiver} {emaid}".encode()'),
    Mutant("PRV-3", "the instance alone", "leaves country and provider out of the text", PRIVACY, TEXT, 'f"{receiver} {contract.instance}".encode()'),
    Mutant("PRV-3", "in lower case", "hashes in lower case", PRIVACY, TEXT, TEXT.replace(".encode()", ".lower().encode()")),
    Mutant("PRV-3", "key and text swapped", "authenticates the key under the text", PRIVACY, f'hmac.digest(key, {TEXT}, "sha256")', f'hmac.digest({TEXT}, key, "sha256")'),
    Mutant("PRV-3", "a plain hash", "hashes key and text one after the other", PRIVACY, f'hmac.digest(key, {TEXT}, "sha256")', f'__import__("hashlib").sha256(key + {TEXT}).digest()'),
    Mutant("PRV-3", "SHA-512", "takes another hash", PRIVACY, '"sha256")', '"sha512")'),
    Mutant("PRV-3", "little end first", "reads the number the other way round", PRIVACY, 'int.from_bytes(digest, "big")', 'int.from_bytes(digest, "little")'),
    Mutant("PRV-3", "the first 8 bytes", "reads a number of 64 bits", PRIVACY, 'int.from_bytes(digest, "big")', 'int.from_bytes(digest[:8], "big")'),
    Mutant("PRV-3", "digits in the other order", "writes the first remainder last", PRIVACY, "instance += (digits + ascii_uppercase)[place]", "instance = 'C' + (digits + ascii_uppercase)[place] + instance[1:]"),
    Mutant("PRV-3", "letters first", "counts A as 0", PRIVACY, "(digits + ascii_uppercase)[place]", "(ascii_uppercase + digits)[place]"),
    Mutant("PRV-3", "base 32", "takes 32 characters", PRIVACY, "divmod(number, 36)", "divmod(number, 32)"),
    Mutant("PRV-3", "base 35", "takes one character fewer", PRIVACY, "divmod(number, 36)", "divmod(number, 35)"),
    Mutant("PRV-3", "nine characters", "fills the instance without the C", PRIVACY, '"big"), "C"\n    for _ in range(8):', '"big"), ""\n    for _ in range(9):'),
    Mutant("PRV-3", "seven characters", "takes seven characters", PRIVACY, "for _ in range(8):", "for _ in range(7):"),
    Mutant("PRV-3", "two letters C", "writes an X for the C", PRIVACY, '"big"), "C"', '"big"), "X"'),
    Mutant("EMA-9", "no check character", "leaves the check character away", PRIVACY, "return issuer + instance + check_character(issuer + instance)", "return issuer + instance"),
    Mutant("EMA-9", "the old check character", "keeps the check character of the contract", PRIVACY, "return issuer + instance + check_character(issuer + instance)", "return issuer + instance + check_character(issuer + contract.instance)"),
    Mutant("EMA-4", "any profile", "reads the EMAID as emi3 writes it", PRIVACY, 'parse_emaid(emaid, "canonical")', 'parse_emaid(emaid, "emi3")'),
    Mutant("EMA-5", "folded before it is read", "reads an EMAID in lower case", PRIVACY, 'parse_emaid(emaid, "canonical")', 'parse_emaid(emaid.upper(), "canonical")'),
    Mutant("EMA-2", "stripped before it is read", "takes blanks away first", PRIVACY, 'parse_emaid(emaid, "canonical")', 'parse_emaid(emaid.strip(), "canonical")'),
    Mutant("PRV-3", "the provider is hidden too", "leaves the issuer out of the pseudonym", PRIVACY, "issuer = contract.country + contract.provider", "issuer = contract.country + '000'"),
)
# fmt: on
