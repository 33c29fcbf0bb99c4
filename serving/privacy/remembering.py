"""Who was erased, remembered outside the store: a copy of the store of before must not bring anybody back."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from regua.locks import alone
from serving.proving.signing import Signer
from serving.store import Store
from serving.store.instants import instant, moment_of

FOLDER = "erasures"
BY = "restored"
"""In whose name the audit log tells of an erasure that was done again."""


def keep(store: Store, signer: Signer, folder: Path) -> int:
    """Write down who was erased and when, signed, beside those written down before; return how many there are.

    Parameters
    ----------
    folder
        ``home/erasures``, to be copied wherever checkpoints go. It holds pseudonyms and instants.
    """
    path = folder / f"{store.portfolio}.json"
    with alone(folder / f"{store.portfolio}.lock"):
        known = dict(read(store.portfolio, signer, folder))
        newest = known | {who: at for who, at in store.subjects.erased().items() if who not in known or known[who] < at}
        if newest != known:
            told = {"portfolio": store.portfolio, "erased": {who: instant(at) for who, at in sorted(newest.items())}}
            signer.write(path, told)
    return len(newest)


def read(portfolio: str, signer: Signer, folder: Path) -> Mapping[str, datetime]:
    """Read who was erased, and when that was last; nobody where nothing was written down.

    Raises
    ------
    DataError
        The file was not signed by a key of this service, or was changed since.
    """
    path = folder / f"{portfolio}.json"
    if not path.exists():
        return {}
    told = signer.read(path, portfolio)
    return {who: moment_of(at) for who, at in told["erased"].items()}


def again(store: Store, signer: Signer, folder: Path, at: datetime) -> list[str]:
    """Erase again whom this store still knows from before their erasure, and return them.

    Who came back after it, under a new key, stays.
    """
    back = store.subjects.outlived(read(store.portfolio, signer, folder))
    for customer_id in back:
        store.subjects.erase(customer_id, at, BY)
    return back
