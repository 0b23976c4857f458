"""`/proxy.pac`: chat hosts go through the proxy, and past it when it is dead; everything else goes its own way."""

import json

from aiohttp import web

from backend.web.context import CONTEXT
from proxy.hosts import all_hosts

_SCRIPT = """function FindProxyForURL(url, host) {
  var exact = %s;
  var below = %s;
  host = host.toLowerCase();
  if (exact.indexOf(host) >= 0) return %s;
  for (var i = 0; i < below.length; i++) {
    if (host === below[i] || dnsDomainIs(host, "." + below[i])) return %s;
  }
  return "DIRECT";
}
"""


def script(proxy: str | None, hosts: list[str]) -> str:
    """The script. hosts: names or `*.suffix`; entries with a port are fronted another way and left out."""
    exact = sorted(host for host in hosts if not host.startswith("*.") and ":" not in host)
    below = sorted(host[2:] for host in hosts if host.startswith("*.") and ":" not in host)
    way = json.dumps(f"PROXY {proxy}; DIRECT" if proxy else "DIRECT")
    return _SCRIPT % (json.dumps(exact), json.dumps(below), way, way)


async def proxy_pac(request: web.Request) -> web.Response:
    """Serve the script. No token: browsers and systems fetch it by themselves, and it holds no secret."""
    text = script(request.app[CONTEXT].status.proxy, list(all_hosts()))
    return web.Response(
        text=text, content_type="application/x-ns-proxy-autoconfig", headers={"Cache-Control": "max-age=60"}
    )
