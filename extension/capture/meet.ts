/**
 * How the two halves get a port to each other: by an event with the port in it, before any script of the page exists.
 *
 * Whichever half starts first waits; the event is used once, and a page that sends it later finds nobody listening. The
 * page's half makes the channel.
 */
import { MEET } from './shapes';

const ASK = `${MEET}-ask`;

/** In the page's world: the port, once the other half has taken the other end. */
export function offerPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const offer = (): boolean => document.dispatchEvent(new MessageEvent(MEET, { ports: [port2], cancelable: true }));
  // Cancelled by the one who took it.
  if (offer()) document.addEventListener(ASK, offer, { once: true });
  return port1;
}

/** In the extension's world. */
export function takePort(taken: (port: MessagePort) => void): void {
  const take = (event: Event): void => {
    const port = (event as MessageEvent).ports[0];
    if (!port) return;
    event.preventDefault();
    document.removeEventListener(MEET, take);
    taken(port);
  };
  document.addEventListener(MEET, take);
  document.dispatchEvent(new Event(ASK));
}
