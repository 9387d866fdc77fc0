"""Recognises network file systems, on which neither SQLite's locks nor ours can be trusted."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

TABLE = Path("/proc/self/mounts")
"""Where Linux lists mounts. Elsewhere nothing is recognised, and nothing refused."""

NETWORK = frozenset(
    {
        "acfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "wekafs",
    }
)
"""Types of file systems that several hosts can mount at once."""

NETWORK_FUSE = frozenset(
    {
        "ceph-fuse",
        "curlftpfs",
        "davfs2",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "juicefs",
        "mfs",
        "moosefs",
        "rclone",
        "s3fs",
        "seaweedfs",
        "smbnetfs",
        "sshfs",
    }
)
"""The same in user space, where the type reads `fuse.<name>`."""


def mount_table() -> str:
    """The mounts of this process; "" where the system does not list them so."""
    try:
        return TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def network_file_system(path: Path, table: str) -> str:
    """Name the type of the network file system on which an absolute path lies; "" if none.

    `table` is a mount table as Linux shows it: source, mount point, type, options.
    """
    there, depth = "", -1
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = PurePosixPath(_unescaped(fields[1]))
        # Of two mounts on one point the later one covers the earlier.
        if path.is_relative_to(point) and len(point.parts) >= depth:
            there, depth = fields[2], len(point.parts)
    kind, _, name = there.partition(".")
    return there if there in NETWORK or (kind == "fuse" and name in NETWORK_FUSE) else ""


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
