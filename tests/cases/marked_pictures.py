"""Pictures that somebody marked, made by the libraries that mark them: Pillow for XMP, c2pa-python for manifests."""

import datetime
import hashlib
import io
import json
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MADE, IN_PART, CAPTURED = "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "digitalCapture"
_PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" {attribute}>{element}</rdf:Description>\
</rdf:RDF></x:xmpmeta>"""


def packet(code: str, form: str = "attribute") -> str:
    """Write a packet of XMP that states a digital source type as an attribute, an element or a reference."""
    address = CODES + code
    forms = {
        "attribute": {"attribute": f'e:DigitalSourceType="{address}"', "element": ""},
        "element": {"attribute": "", "element": f"<e:DigitalSourceType>{address}</e:DigitalSourceType>"},
        "reference": {"attribute": "", "element": f'<e:DigitalSourceType rdf:resource="{address}"/>'},
    }
    return _PACKET.format(**forms[form])


def picture(pixels: Sequence[int] | None = None, form: str = "PNG", xmp: str | None = None) -> bytes:
    """Encode a picture of 8 × 8 grey values 0 … 16, with a packet of XMP if there is one."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    values = np.arange(64) % 17 if pixels is None else np.asarray(pixels)
    image = Image.fromarray((values.reshape(8, 8) * 15).astype(np.uint8))
    buffer, how = io.BytesIO(), dict[str, Any]()
    if xmp is not None and form == "PNG":
        how["pnginfo"] = PngInfo()
        how["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp)
    elif xmp is not None:
        how["xmp"] = xmp.encode()
    image.save(buffer, form, **how, **({"lossless": True} if form == "WEBP" else {}))
    return buffer.getvalue()


def saved_again(content: bytes) -> bytes:
    """Open a picture and save it, as most programs do: marks are lost."""
    from PIL import Image

    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(content))
    image.info.clear()
    image.save(buffer, image.format)
    return buffer.getvalue()


def with_extended(content: bytes, code: str, *, portions: int = 3, named: bool = True) -> bytes:
    """Put a packet of XMP into a JPEG that names an extended one, whose portions follow in segments of their own."""
    whole = packet(code).encode() + b" " * 200
    guid = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
    note = b'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="' + (guid if named else b"0" * 32) + b'"'
    main = _PACKET.format(attribute=note.decode(), element="").encode()
    bodies, size = [b"http://ns.adobe.com/xap/1.0/\0" + main], -(-len(whole) // portions)
    for start in range(0, len(whole), size):
        head = b"http://ns.adobe.com/xmp/extension/\0" + guid + len(whole).to_bytes(4) + start.to_bytes(4)
        bodies.append(head + whole[start : start + size])
    segments = b"".join(b"\xff\xe1" + (len(body) + 2).to_bytes(2) + body for body in bodies)
    return content[:2] + segments + content[2:]


def with_iptc(content: bytes, code: str) -> bytes:
    """Put a record of IPTC-IIM into a JPEG, in a resource of Photoshop."""
    value = (CODES + code).encode()
    record = b"\x1c\x02\x28" + len(value).to_bytes(2) + value
    resource = b"8BIM\x04\x04\0\0" + len(record).to_bytes(4) + record + b"\0" * (len(record) % 2)
    body = b"Photoshop 3.0\0" + resource
    return content[:2] + b"\xff\xed" + (len(body) + 2).to_bytes(2) + body + content[2:]


def signed(content: bytes, code: str = MADE, mime: str = "image/png") -> bytes:
    """Sign a picture with a manifest of C2PA that states how it was made."""
    import c2pa

    made = {"action": "c2pa.created", "digitalSourceType": CODES + code}
    manifest = {
        "claim_generator_info": [{"name": "painter", "version": "1.2"}],
        "format": mime,
        "thumbnail": None,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [made]}}],
    }
    chain, key = certificate()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
    target = io.BytesIO()
    c2pa.Builder.from_json(json.dumps(manifest)).sign(signer, mime, io.BytesIO(content), target)
    return target.getvalue()


def forged(content: bytes) -> bytes:
    """Change what a signed manifest says, without the key; the sums of a PNG's chunks are right again."""
    changed = content.replace(b"digitalsourcetype/trained", b"digitalsourcetype/retrain")
    if (at := changed.find(b"caBX")) < 0:
        return changed
    end = at + 4 + int.from_bytes(changed[at - 4 : at])
    return changed[:end] + zlib.crc32(changed[at:end]).to_bytes(4) + changed[end + 4 :]


@cache
def certificate() -> tuple[bytes, bytes]:
    """Make the certificate of a signer, with that of its authority, and its key, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usages = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(each, name) for each in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)])

    def build(name: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
        builder = x509.CertificateBuilder(named("Test authority"), named(name), key.public_key(), 1 + is_authority)
        builder = builder.not_valid_before(start).not_valid_after(start.replace(year=2050))
        usage = x509.KeyUsage(
            digital_signature=not is_authority,
            content_commitment=False,
            key_cert_sign=is_authority,
            crl_sign=is_authority,
            **dict.fromkeys(usages, False),
        )
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        builder = builder.add_extension(usage, critical=True)
        public = authority.public_key()
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        if not is_authority:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=True)
        return builder.sign(authority, hashes.SHA256())

    chain = [build("Test signer", own, is_authority=False), build("Test authority", authority, is_authority=True)]
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join(each.public_bytes(Encoding.PEM) for each in chain), private
