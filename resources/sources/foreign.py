"""Formats that are not read: how each is told, and how it becomes one that is."""

import re
from dataclasses import dataclass

from outcross.resources.errors import BadInput

_PLAIN = re.compile(r"[\w./-]+")
_PARQUET = "'{stem}.parquet'"


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A format that is not read.

    Attributes:
        what: its name.
        suffixes: its extensions, in lower case.
        magic: the first bytes of its files; none where they tell nothing.
        python: a line of Python that converts a file; ``{name}`` is the file, ``{stem}`` its name without extension.
        advice: what to do, where there is no such line.
    """

    what: str
    suffixes: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    python: str = ""
    advice: str = ""

    def remedy(self, name: str) -> str:
        """Say how to convert a file of this format."""
        if not self.python:
            return self.advice
        return f"{self.advice or 'convert it to Parquet'}: {command_for(self.python, name)}"


def command_for(python: str, name: str) -> str:
    """Return the command that runs a line of Python on a file: ``{name}``, or ``{stem}`` without its extension.

    What a message tells people to run holds no name that a shell would read as a command.
    """
    plain = name if _PLAIN.fullmatch(name) else "FILE"
    stem = plain.rpartition("/")[2].rpartition(".")[0] or plain
    return f'python -c "{python.format(name=plain, stem=stem)}"'


def _pandas(reader: str) -> str:
    return f"import pandas; pandas.{reader}('{{name}}').to_parquet({_PARQUET})"


FOREIGN = (
    Foreign(
        what="an Excel workbook",
        suffixes=(".xlsx", ".xlsm", ".xlsb", ".xls"),
        magic=(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"),
        advice="save the sheet as CSV (in Excel: Save As, CSV UTF-8)",
    ),
    Foreign(
        what="an OpenDocument sheet",
        suffixes=(".ods",),
        magic=(b"PK\x03\x04",),
        advice="save the sheet as CSV (in LibreOffice: Save As, Text CSV)",
    ),
    Foreign(
        what="ORC",
        suffixes=(".orc",),
        magic=(b"ORC",),
        python="import pyarrow.orc as o, pyarrow.parquet as p; p.write_table(o.read_table('{name}'), " + _PARQUET + ")",
    ),
    Foreign(
        what="Avro",
        suffixes=(".avro",),
        magic=(b"Obj\x01",),
        python="import polars; polars.read_avro('{name}').write_parquet(" + _PARQUET + ")",
    ),
    Foreign(
        what="Feather of version 1",
        magic=(b"FEA1",),
        python="import pyarrow.feather as f, pyarrow.parquet as p; p.write_table(f.read_table('{name}'), "
        + _PARQUET
        + ")",
    ),
    Foreign(
        what="an SQLite database",
        suffixes=(".sqlite", ".sqlite3", ".db"),
        magic=(b"SQLite format 3\x00",),
        python="import pandas, sqlite3; c = sqlite3.connect('{name}'); "  # noqa: S608 people run it
        "t = c.execute('select tbl_name from sqlite_master').fetchone()[0]; "
        "pandas.read_sql('select * from ' + t, c).to_parquet(" + _PARQUET + ")",
        advice="convert a table of it, such as the first, to Parquet",
    ),
    Foreign(
        what="a DuckDB database",
        suffixes=(".duckdb",),
        python="import duckdb; c = duckdb.connect('{name}'); t = c.sql('show tables').fetchone()[0]; "
        "c.table(t).write_parquet(" + _PARQUET + ")",
        advice="convert a table of it, such as the first, to Parquet",
    ),
    Foreign(
        what="a pickle",
        suffixes=(".pkl", ".pickle"),
        magic=(b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        python=_pandas("read_pickle"),
        advice="a pickle runs any code when it is opened; where you trust it, and it holds a data frame, convert it",
    ),
    Foreign(
        what="HDF5",
        suffixes=(".h5", ".hdf5", ".hdf"),
        magic=(b"\x89HDF\r\n\x1a\n",),
        advice="convert it to Parquet with what wrote it, such as pandas.read_hdf(…).to_parquet(…)",
    ),
    Foreign(what="Stata", suffixes=(".dta",), magic=(b"<stata_dta>",), python=_pandas("read_stata")),
    Foreign(what="SAS", suffixes=(".sas7bdat", ".xpt"), python=_pandas("read_sas")),
    Foreign(what="SPSS", suffixes=(".sav",), magic=(b"$FL2", b"$FL3"), advice="save it as CSV in SPSS"),
    Foreign(
        what="R data",
        suffixes=(".rds", ".rdata", ".rda"),
        magic=(b"RDX2", b"RDX3"),
        advice="write it as CSV in R, with write.csv(data, 'a.csv', row.names = FALSE)",
    ),
    Foreign(what="MATLAB data", suffixes=(".mat",), magic=(b"MATLAB 5.0",), advice="write it as CSV with writetable"),
    Foreign(
        what="ARFF",
        suffixes=(".arff",),
        python="import pandas, scipy.io.arff as a; f = pandas.DataFrame(a.loadarff('{name}')[0]); "
        "f.map(lambda v: v.decode() if isinstance(v, bytes) else v).to_parquet(" + _PARQUET + ")",
    ),
    Foreign(
        what="libsvm",
        suffixes=(".libsvm", ".svm"),
        python="import polars, sklearn.datasets as d; x, y = d.load_svmlight_file('{name}'); "
        "polars.DataFrame(x.toarray()).with_columns(label=y).write_parquet(" + _PARQUET + ")",
    ),
    Foreign(
        what="XML", suffixes=(".xml",), magic=(b"<?xml",), advice="convert it to JSON Lines or CSV, a row an element"
    ),
    Foreign(
        what="an HTML page",
        suffixes=(".html", ".htm"),
        magic=(b"<!doctype html", b"<!DOCTYPE html", b"<!DOCTYPE HTML", b"<html"),
        advice="download the file itself, or save the page's text as .txt",
    ),
    Foreign(what="a PDF", suffixes=(".pdf",), magic=(b"%PDF-",), advice="save its text as .txt"),
    Foreign(what="a Word document", suffixes=(".docx", ".doc"), advice="save its text as .txt"),
    Foreign(
        what="TFRecord",
        suffixes=(".tfrecord", ".tfrecords"),
        advice="convert it to Parquet with what wrote it",
    ),
    Foreign(what="a 7-Zip archive", suffixes=(".7z",), magic=(b"7z\xbc\xaf\x27\x1c",), advice="unpack it with 7z x"),
    Foreign(what="a RAR archive", suffixes=(".rar",), magic=(b"Rar!\x1a\x07",), advice="unpack it with unrar x"),
    Foreign(
        what="a tar archive",
        suffixes=(".tar", ".tgz"),
        advice="unpack it with tar -xf, and name the files that are wanted",
    ),
    Foreign(what="packed by compress", suffixes=(".z",), magic=(b"\x1f\x9d",), advice="unpack it with gunzip"),
    Foreign(
        what="a pointer of Git LFS, not the file itself",
        magic=(b"version https://git-lfs.github.com/spec/",),
        advice="fetch the file with git lfs pull",
    ),
)
"""The formats that are not read."""

_KNOWN = {b"PAR1": ("Parquet", "parquet"), b"ARROW1": ("Arrow", "arrow")}
"""First bytes of the binary formats that are read → name, and format."""
_TAR = slice(257, 262)
HEAD = 512
"""First bytes of a file, enough to tell a format."""


def foreign_by_name(suffix: str, head: bytes | None) -> Foreign | None:
    """Find the format of a file that is not read, by its extension.

    Args:
        suffix: in lower case, with its dot.
        head: the first bytes; where they are text, an extension that stands for other bytes tells nothing. None if
            they are not known.
    """
    for each in FOREIGN:
        if suffix in each.suffixes:
            told = head is None or not each.magic or any(magic in head for magic in each.magic)
            return each if told or not looks_like_text(head or b"") else None
    return None


def foreign_by_content(head: bytes) -> Foreign | None:
    """Find the format of content that is not read, by its first bytes; zips are told by their members."""
    if head[_TAR] == b"ustar":
        return next(each for each in FOREIGN if ".tar" in each.suffixes)
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:64]
    for each in FOREIGN:
        if any(head.startswith(magic) or start.startswith(magic) for magic in each.magic if magic != b"PK\x03\x04"):
            return each
    return None


def refuse_foreign_text(content: bytes, name: str) -> None:
    """Refuse content that is to be read as text and is of another format.

    Raises:
        BadInput: it is; the message has the remedy.
    """
    head = content[:HEAD]
    if (found := foreign_by_content(head)) is not None:
        raise BadInput(f"file {name!r} is {found.what}, which is not read; {found.remedy(name)}")
    for magic, (what, form) in _KNOWN.items():
        if head.startswith(magic):
            raise BadInput(f"file {name!r} is {what}; set 'format: {form}', or rename it to end in .{form}")


def looks_like_text(head: bytes) -> bool:
    """Whether first bytes are those of text: they have a byte order mark, or no control characters but white space."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1a\x1b" for byte in head)
