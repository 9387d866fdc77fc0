"""Which file systems count as network file systems, read from a mount table."""

from __future__ import annotations

from pathlib import Path

import pytest

from readygate_ledger import mounts
from readygate_ledger.mounts import mount_table, network_file_system

TABLE = r"""
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
tmpfs /run tmpfs rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/local xfs rw 0 0
//nas/share /mnt/team\040share cifs rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
portal /run/doc fuse.portal rw 0 0
none /mnt/c 9p rw 0 0
server:/srv /srv nfs rw 0 0
/dev/sdc1 /srv ext4 rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/readygate/ledger.db", ""),
        ("/home/anna/ledger.db", "nfs4"),
        ("/home/local/ledger.db", ""),
        ("/homestead/ledger.db", ""),
        ("/mnt/team share/ledger.db", "cifs"),
        ("/mnt/ssh/a/b/ledger.db", "fuse.sshfs"),
        ("/run/doc/ledger.db", ""),
        ("/mnt/c/ledger.db", ""),  # shared with the host of a virtual machine, by one guest
        ("/srv/ledger.db", ""),  # covered by a later mount
    ],
)
def test_the_deepest_and_latest_mount_decides(path, kind):
    assert network_file_system(Path(path), TABLE) == kind


def test_every_network_type_is_refused():
    for kind in ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "lustre", "afs", "glusterfs"):
        assert network_file_system(Path("/x/y"), f"a /x {kind} rw 0 0") == kind


def test_a_system_without_a_table_refuses_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(mounts, "TABLE", tmp_path / "missing")
    assert mount_table() == ""
    assert network_file_system(Path("/x/y"), "") == ""


def test_this_system_is_read(monkeypatch, tmp_path):
    table = tmp_path / "mounts"
    table.write_bytes(b"caf\xe9:/x /x nfs rw 0 0\n")
    monkeypatch.setattr(mounts, "TABLE", table)
    assert network_file_system(Path("/x/y"), mount_table()) == "nfs"
