"""Mutants of whose a certificate chain is."""

from collections.abc import Iterator
from typing import Final

from refimpl.security.certificates import ORDER
from refimpl.vectors.mutants import Mutant

CHECKS: Final = "refimpl.security.certificates"
CHAIN: Final = "refimpl.security.chain"
CRLS: Final = "refimpl.security.revocation"
FAMILY: Final = "refimpl.vectors.families.certificate_profile"
FOR: Final = "    for rule_id, which, what, broken in ORDER:"


def without_a_check() -> Iterator[Mutant]:
    for place, (rule, _, what, _) in enumerate(ORDER):
        yield Mutant(
            rule,
            f"{what} passed over ({place})",
            "leaves this check out",
            CHECKS,
            FOR,
            f"    for rule_id, which, what, broken in ORDER[:{place}] + ORDER[{place + 1}:]:",
        )


def checks_in_another_order() -> Iterator[Mutant]:
    for place in range(1, len(ORDER)):
        first, second = ORDER[place - 1][0], ORDER[place][0]
        if first == second:
            continue
        yield Mutant(
            second,
            f"{second} before {first}",
            "makes the two checks in the other order",
            CHECKS,
            FOR,
            f"    for rule_id, which, what, broken in (*ORDER[:{place - 1}], ORDER[{place}], "
            f"ORDER[{place - 1}], *ORDER[{place + 1}:]):",
        )


# fmt: off
MUTANTS: Final = (
    *without_a_check(),
    *checks_in_another_order(),
    Mutant("CRT-1", "a check for one certificate after the other", "makes all checks for a certificate before it looks at the next", CHECKS,
           "    for rule_id, which, what, broken in ORDER:\n        for link, issuer in pairs[which]:\n            if broken",
           "    for link, issuer in pairs:\n        for rule_id, which, what, broken in ORDER:\n            if (link, issuer) in pairs[which] and broken"),
    Mutant("CRT-1", "any version", "takes a certificate of version 1", CHAIN, "if certificate.version is not x509.Version.v3:", "if False:"),
    Mutant("CRT-1", "serial number zero", "takes zero for positive", CHAIN, "if not 0 < certificate.serial_number < MOST:", "if not 0 <= certificate.serial_number < MOST:"),
    Mutant("CRT-1", "a serial number of any sign", "takes a negative serial number", CHAIN, "if not 0 < certificate.serial_number < MOST:", "if not certificate.serial_number < MOST:"),
    Mutant("CRT-1", "a serial number of any length", "counts no octets", CHAIN, "if not 0 < certificate.serial_number < MOST:", "if not 0 < certificate.serial_number:"),
    Mutant("CRT-1", "a serial number of 19 octets at most", "counts octets as if all were positive", CHAIN, "if not 0 < certificate.serial_number < MOST:", "if not 0 < certificate.serial_number < MOST >> 8:"),
    Mutant("CRT-1", "a serial number of 160 bits", "forgets the bit of the sign", CRLS, "MOST: Final = 1 << 159", "MOST: Final = 1 << 160"),
    Mutant("CRT-1", "four certificates", "counts the root", CHAIN, "if not 1 <= len(shown) <= LONGEST:", "if not 1 <= len(shown) < LONGEST:"),
    Mutant("CRT-1", "six certificates", "takes one more", CHAIN, "if not 1 <= len(shown) <= LONGEST:", "if not 1 <= len(shown) <= LONGEST + 1:"),
    Mutant("CRT-1", "no certificate", "takes a root alone for a chain", CHAIN, "if not 1 <= len(shown) <= LONGEST:", "if not len(shown) <= LONGEST:"),
    Mutant("CRT-1", "the root counts", "counts the root at the end", CHAIN, "shown = chain[:-1] if chain and chain[-1] in roots else chain\n    if not 1 <= len(shown) <= LONGEST:", "shown = chain[:-1] if chain and chain[-1] in roots else chain\n    if not 1 <= len(chain) <= LONGEST:"),
    Mutant("CRT-4", "the first root only", "looks at one trust anchor", CHAIN, "root = next((root for root in roots if", "root = next((root for root in roots[:1] if"),
    Mutant("CRT-4", "the last root only", "looks at one trust anchor", CHAIN, "root = next((root for root in roots if", "root = next((root for root in roots[-1:] if"),
    Mutant("CRT-4", "a root by its name", "takes an impostor of the same name for the root", CHAIN, "root = next((root for root in roots if has_issued(root, shown[-1])), None)", "root = next((root for root in roots if root.subject == shown[-1].issuer), None)"),
    Mutant("CRT-4", "an authority as a root", "trusts what is no root of its own", CHECKS, "roots = tuple(root for root in roots if root.subject == root.issuer)", "roots = tuple(roots)"),
    Mutant("CRT-4", "no root is needed", "lets a chain end at an authority", CHECKS, "if link is issuer and link.certificate not in asked.roots:", "if False:"),
    Mutant("CRT-4", "names only", "makes no check of a signature", CHAIN, "certificate.verify_directly_issued_by(issuer)", "if certificate.issuer != issuer.subject: return False"),
    Mutant("CRT-4", "signatures only", "passes over the key identifier of the issuer", CHECKS, "return not is_key_of(named, issuer.certificate) or not has_issued(", "return not has_issued("),
    Mutant("CRT-4", "the key identifier alone", "passes over issuer and serial number in it", CRLS, "if named.authority_cert_serial_number not in (None, authority.serial_number):", "if False:"),
    Mutant("CRT-4", "the issuer's name in the key identifier", "passes over the name in it", CRLS, "return not names or names[0] == authority.issuer", "return True"),
    Mutant("CRT-4", "the subject's name in the key identifier", "compares with the subject", CRLS, "return not names or names[0] == authority.issuer", "return not names or names[0] == authority.subject"),
    Mutant("CRT-4", "the key identifier does not matter", "compares no key identifiers", CRLS, "if own and named.key_identifier not in (None, own.digest):", "if False:"),
    Mutant("CRT-2", "P-384 too", "takes any curve", CHECKS, "    p256 = isinstance(link.key, ec.EllipticCurvePublicKey) and isinstance(\n        link.key.curve, ec.SECP256R1\n    )", "    p256 = isinstance(link.key, ec.EllipticCurvePublicKey)"),
    Mutant("CRT-2", "P-256 alone", "refuses Ed25519", CHECKS, "ours = p256 or isinstance(link.key, ed25519.Ed25519PublicKey)", "ours = p256"),
    Mutant("CRT-2", "Ed25519 alone", "refuses P-256", CHECKS, "ours = p256 or isinstance(link.key, ed25519.Ed25519PublicKey)", "ours = isinstance(link.key, ed25519.Ed25519PublicKey)"),
    Mutant("CRT-2", "any key", "looks at the signature only", CHECKS, "return not ours or link.certificate", "return link.certificate"),
    Mutant("CRT-2", "any signature", "looks at the key only", CHECKS, "return not ours or link.certificate.signature_algorithm_oid not in SIGNATURES", "return not ours"),
    Mutant("CRT-2", "ECDSA with SHA-384 too", "takes another hash", CRLS, "SIGNATURES: Final = (SignatureAlgorithmOID.ECDSA_WITH_SHA256,", "SIGNATURES: Final = (SignatureAlgorithmOID.ECDSA_WITH_SHA384, SignatureAlgorithmOID.ECDSA_WITH_SHA512, SignatureAlgorithmOID.ECDSA_WITH_SHA256,"),
    Mutant("CRT-3", "critical extensions only", "passes over a limit that is not marked critical", CHECKS, "each.oid in LIMITS or (each.critical", "(each.critical"),
    Mutant("CRT-3", "limits only", "passes over other critical extensions", CHECKS, "each.oid in LIMITS or (each.critical and not isinstance(each.value, UNDERSTOOD))", "each.oid in LIMITS"),
    *(Mutant("CRT-3", f"{oid} is passed over", "overlooks a limit in the table", CHECKS, "each.oid in LIMITS", f"each.oid in LIMITS - {{ObjectIdentifier('{oid}')}}")
      for oid in ("2.5.29.30", "2.5.29.36", "2.5.29.54", "1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8", "1.3.6.1.5.5.7.1.14")),
    *(Mutant("CRT-3", f"a critical {name} is not understood", "refuses a critical extension that is allowed", CHECKS, f"    x509.{name},\n", "")
      for name in ("KeyUsage", "ExtendedKeyUsage", "SubjectAlternativeName")),
    Mutant("CRT-3", "other critical extensions are understood", "takes a critical authority key identifier", CHECKS, "    x509.SubjectAlternativeName,\n)", "    x509.SubjectAlternativeName,\n    x509.AuthorityKeyIdentifier,\n)"),
    Mutant("CRT-5", "after the first second", "takes notBefore for outside", CHECKS, "        <= asked.now\n        <= link", "        < asked.now\n        <= link"),
    Mutant("CRT-5", "before the last second", "takes notAfter for outside", CHECKS, "        <= asked.now\n        <= link", "        <= asked.now\n        < link"),
    Mutant("CRT-6", "unmarked constraints", "asks for no criticality", CHECKS, "marked = basic and basic.ca and link.is_critical(x509.BasicConstraints)", "marked = basic and basic.ca"),
    Mutant("CRT-6", "constraints of no CA", "asks for the extension alone", CHECKS, "marked = basic and basic.ca and link", "marked = basic and link"),
    Mutant("CRT-6", "keyCertSign alone", "asks for no cRLSign", CHECKS, "usage.key_cert_sign and usage.crl_sign)", "usage.key_cert_sign)"),
    Mutant("CRT-6", "cRLSign alone", "asks for no keyCertSign", CHECKS, "usage.key_cert_sign and usage.crl_sign)", "usage.crl_sign)"),
    Mutant("CRT-6", "without key usage", "takes no key usage for any", CHECKS, "return not (marked and usage and usage.key_cert_sign and usage.crl_sign)", "return not (marked and (not usage or (usage.key_cert_sign and usage.crl_sign)))"),
    Mutant("CRT-7", "the leaf counts", "counts the leaf below", CHECKS, "basic.path_length < link.height - 1", "basic.path_length < link.height"),
    Mutant("CRT-7", "one authority too many", "allows one more", CHECKS, "basic.path_length < link.height - 1", "basic.path_length < link.height - 2"),
    Mutant("CRT-8", "not a CA", "asks only for basic constraints", CHECKS, "return may_sign or (basic is not None and basic.ca)", "return basic is not None and basic.ca"),
    Mutant("CRT-8", "no signing of certificates", "asks only for key usage", CHECKS, "return may_sign or (basic is not None and basic.ca)", "return may_sign"),
    Mutant("CRT-8", "keyCertSign only", "lets a leaf sign CRLs", CHECKS, "(usage.key_cert_sign or usage.crl_sign)", "usage.key_cert_sign"),
    Mutant("CRT-8", "cRLSign only", "lets a leaf sign certificates", CHECKS, "(usage.key_cert_sign or usage.crl_sign)", "usage.crl_sign"),
    Mutant("CRT-18", "a leaf needs a subject", "overlooks the critical alternative name", CHECKS, "subject_missing = not link.certificate.subject.rdns and not named_elsewhere", "subject_missing = not link.certificate.subject.rdns"),
    Mutant("CRT-18", "an unmarked alternative name will do", "overlooks that it has to be critical", CHECKS, "link.height == 0 and link.is_critical(x509.SubjectAlternativeName)", "link.height == 0"),
    Mutant("CRT-18", "an authority needs no subject either", "makes the exception for all", CHECKS, "link.height == 0 and link.is_critical(x509.SubjectAlternativeName)", "link.is_critical(x509.SubjectAlternativeName)"),
    Mutant("CRT-18", "no issuer is needed", "passes over an empty issuer", CHECKS, "return subject_missing or not link.certificate.issuer.rdns", "return subject_missing"),
    Mutant("CRT-18", "an empty alternative name", "passes over an alternative name without names", CHECKS, "if others is not None and not tuple(others):", "if False:"),
    Mutant("CRT-19", "no identifier of the own key", "passes over the subject key identifier", CHECKS, "return own_missing or above_missing", "return above_missing"),
    Mutant("CRT-19", "no identifier of the key above", "passes over the authority key identifier", CHECKS, "return own_missing or above_missing", "return own_missing"),
    Mutant("CRT-19", "the leaf too", "asks the leaf for a subject key identifier", CHECKS, "own_missing = link.height > 0 and not", "own_missing = not"),
    Mutant("CRT-19", "the root too", "asks the root for an authority key identifier", CHECKS, "above_missing = link is not issuer and not", "above_missing = not"),
    Mutant("CRT-19", "an identifier without a key", "asks for the extension, not for the key identifier in it", CHECKS, "not (above and above.key_identifier)", "not above"),
    Mutant("CRT-9", "no key usage", "takes no key usage for any", CHECKS, "return not (usage and usage.digital_signature)", "return not (usage is None or usage.digital_signature)"),
    Mutant("CRT-9", "a leaf may be silent", "lets a leaf have no extended key usage", CHECKS, "silent = named is None and link.height > 0", "silent = named is None"),
    Mutant("CRT-9", "an issuer may not be silent", "asks every issuer for extended key usage", CHECKS, "silent = named is None and link.height > 0", "silent = False"),
    Mutant("CRT-9", "the leaf's alone", "passes over the extended key usage of issuers", CHECKS, '("CRT-9",  EVERY, ', '("CRT-9",  LEAF, '),
    Mutant("CRT-9", "any purpose", "takes anyExtendedKeyUsage for all", CHECKS, "return not silent and not PURPOSES[asked.purpose] <= set(named or ())", "return not silent and not PURPOSES[asked.purpose] <= set(named or ()) and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in (named or ())"),
    Mutant("CRT-9", "one of the two for a message", "asks for clientAuth or serverAuth", CHECKS, "not PURPOSES[asked.purpose] <= set(named or ())", "not PURPOSES[asked.purpose] & set(named or ())"),
    Mutant("CRT-9", "client for server", "takes the two for one another", CHECKS, "PURPOSES[asked.purpose] <=", "PURPOSES[{'client': 'server', 'server': 'client'}.get(asked.purpose, asked.purpose)] <="),
    Mutant("CRT-9", "nothing else beside", "refuses further purposes", CHECKS, "not PURPOSES[asked.purpose] <= set(named or ())", "not PURPOSES[asked.purpose] == set(named or ())"),
    Mutant("CRT-9", "a Netscape type will do", "passes over a Netscape certificate type", CHECKS, "if any(each.oid == NETSCAPE_TYPE for each in link.extensions):", "if False:"),
    Mutant("CRT-10", "two entities", "takes the one that is expected among several", CHECKS, "    named = link.names(ENTITY)\n    return len(named) != 1 or", "    named = link.names(ENTITY)\n    return not named or"),
    Mutant("CRT-10", "any entity", "compares with none that is expected", CHECKS, "return len(named) != 1 or asked.entity_id not in (None, *named)", "return len(named) != 1"),
    Mutant("CRT-10", "none where none is expected", "asks for no entity where it is about to find out", CHECKS, "return len(named) != 1 or asked.entity_id not in (None, *named)", "return asked.entity_id not in (None, *named)"),
    Mutant("CRT-11", "two kinds", "takes the one that is expected among several", CHECKS, "    named = link.names(KIND)\n    return len(named) != 1 or", "    named = link.names(KIND)\n    return not named or"),
    Mutant("CRT-11", "any kind", "compares with none that is expected", CHECKS, " or asked.kind not in (None, *named)\n", "\n"),
    Mutant("CRT-11", "kinds of other things", "takes an EV for a roaming entity", CHECKS, "named[0] not in ROAMING_KINDS or ", ""),
    Mutant("CRT-11", "roaming kinds among others", "passes over kinds beside the three", CHECKS, "    named = link.names(KIND)\n    return len", "    named = tuple(name for name in link.names(KIND) if name in ROAMING_KINDS)\n    return len"),
    Mutant("CRT-12", "a root has to name kinds", "asks the root for the kinds of an authority", CHECKS, "return not appointed and not set", "return not set"),
    Mutant("CRT-12", "a root may issue leaves of any kind", "lets a root issue to a leaf what it does not name", CHECKS, "link.height > 0 and issuer.certificate in asked.roots", "issuer.certificate in asked.roots"),
    Mutant("CRT-12", "any authority may appoint", "asks only the leaf's issuer", CHECKS, "link.height > 0 and issuer.certificate in asked.roots", "link.height > 0"),
    Mutant("CRT-13", "no encryption key", "asks for one at most", CHECKS, "return len(link.names(ENCRYPTION_KEY)) != 1", "return len(link.names(ENCRYPTION_KEY)) > 1"),
    Mutant("CRT-13", "two encryption keys", "takes the first of several", CHECKS, "return len(link.names(ENCRYPTION_KEY)) != 1", "return not link.names(ENCRYPTION_KEY)"),
    Mutant("CRT-14", "points with reasons", "passes over the reasons of a distribution point", CHECKS, "any(point.reasons or point.crl_issuer for", "any(point.crl_issuer for"),
    Mutant("CRT-14", "points with a CRL issuer", "passes over the CRL issuer of a distribution point", CHECKS, "any(point.reasons or point.crl_issuer for", "any(point.reasons for"),
    Mutant("CRT-14", "the first point", "looks at one distribution point", CHECKS, "for point in points)", "for point in tuple(points)[:1])"),
    Mutant("CRT-14", "no CRL of the root", "asks for a CRL of each authority but the root", CHECKS, '("CRT-14", EVERY, ', '("CRT-14", slice(-2), '),
    Mutant("CRT-14", "a part of a CRL", "takes a CRL with an issuing distribution point", CRLS, "not (partial or indirect or keyless)", "not (indirect or keyless)"),
    Mutant("CRT-14", "an indirect CRL", "takes a CRL of other authorities' certificates", CRLS, "not (partial or indirect or keyless)", "not (partial or keyless)"),
    Mutant("CRT-14", "a CRL without a key", "takes a CRL that names no key", CRLS, "not (partial or indirect or keyless)", "not (partial or indirect)"),
    Mutant("CRT-14", "a delta CRL", "takes a delta CRL for a whole one", CRLS, "(x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)", "(x509.IssuingDistributionPoint,)"),
    Mutant("CRT-14", "a CRL by any key", "looks at the issuer's name only", CRLS, "    return is_key_of(value_of(crl.extensions, x509.AuthorityKeyIdentifier), authority)", "    return True"),
    Mutant("CRT-17", "the first CRL", "takes the first CRL of an authority", CRLS, "if signer not in newest or _age(newest[signer]) < _age(crl):", "if signer not in newest:"),
    Mutant("CRT-17", "the last CRL", "takes the last CRL of an authority", CRLS, "if signer not in newest or _age(newest[signer]) < _age(crl):", "if True:"),
    Mutant("CRT-17", "the oldest CRL", "takes the lowest number", CRLS, "_age(newest[signer]) < _age(crl)", "_age(newest[signer]) > _age(crl)"),
    Mutant("CRT-17", "the latest CRL, whatever its number", "looks at thisUpdate only", CRLS, "return (MOST if number is None else number), crl.last_update_utc", "return 0, crl.last_update_utc"),
    Mutant("CRT-17", "of two with one number the first", "overlooks thisUpdate", CRLS, "return (MOST if number is None else number), crl.last_update_utc", "return (MOST if number is None else number), crl.last_update_utc.min"),
    Mutant("CRT-20", "one without a number is the oldest", "passes over a CRL without a number", CRLS, "return (MOST if number is None else number), crl", "return (-1 if number is None else number), crl"),
    Mutant("CRT-15", "any signature of a CRL", "makes no check of the CRL's signature", CRLS, "            and crl.is_signature_valid(key)\n", ""),
    Mutant("CRT-15", "any algorithm of a CRL", "looks at no algorithm of a CRL", CRLS, "            crl.signature_algorithm_oid in SIGNATURES\n            and ", "            "),
    Mutant("CRT-15", "critical in a CRL", "passes over a critical extension of a CRL or entry", CRLS, "            and not any(each.critical for part in (crl, *crl) for each in part.extensions)\n", ""),
    Mutant("CRT-15", "critical in an entry", "looks at the extensions of the CRL alone", CRLS, "for part in (crl, *crl) for", "for part in (crl,) for"),
    Mutant("CRT-16", "until the last second", "takes nextUpdate for inside", CHECKS, "crl.last_update_utc <= asked.now < crl.next_update_utc", "crl.last_update_utc <= asked.now <= crl.next_update_utc"),
    Mutant("CRT-16", "after the first second", "takes thisUpdate for outside", CHECKS, "crl.last_update_utc <= asked.now < crl.next_update_utc", "crl.last_update_utc < asked.now < crl.next_update_utc"),
    Mutant("CRT-16", "a CRL of the future", "looks at nextUpdate alone", CHECKS, "crl.last_update_utc <= asked.now < crl.next_update_utc", "asked.now < crl.next_update_utc"),
    Mutant("CRT-10", "the prefix as it is written", "compares the prefix with regard to case", CHAIN, "if uri[: len(prefix)].lower() == prefix)", "if uri[: len(prefix)] == prefix)"),
    Mutant("CRT-10", "the whole URI in lower case", "compares the id without regard to case", CHAIN, "return tuple(uri[len(prefix) :] for", "return tuple(uri[len(prefix) :].lower() for"),
)
# fmt: on
