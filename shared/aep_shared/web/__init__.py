"""HTTP as every process speaks it, the website too: the server, what wraps each request, problems, proxies."""
