"""
Media that is named by its address: fetched in a process of its own, from nowhere but the address that was checked.

    fetcher.py       the server's side: whose turn it is, redirects, how long, and the file as it arrives
    fork_server.py   a process that has loaded what fetching needs, and forks one for each request
    fetch.py         that one: resolves, checks, connects, and raises the walls; then speaks to the stranger
    talking.py       TLS and HTTP/1.1 over a socket that is connected already
    wire.py          what both sides say to each other

Whoever takes over a fetching process, by what a server answers, has one connection, to the server that they are, and a
socket on which we read a file: no other address, no file, no process. A redirect is another request, in another
process, checked from the beginning.
"""
