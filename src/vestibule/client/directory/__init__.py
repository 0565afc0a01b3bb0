"""A typed client of the sending side's ``/api/v1``, for plain code and for asyncio.

    from vestibule.client.directory import DirectoryClient

    with DirectoryClient("http://127.0.0.1:8001", token) as directory:
        run = directory.runs.begin("Sales")
        while run.state == "running":
            run = directory.runs.show("Sales", run.id)

Lists, writes and refusals are as ``vestibule.client`` has them; what is raised is of its classes.
"""

from vestibule.client.directory.client import AsyncDirectoryClient, DirectoryClient

__all__ = ["AsyncDirectoryClient", "DirectoryClient"]
