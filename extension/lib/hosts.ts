/** The chat hosts, and the match patterns made of them. `api` hosts have no page, so no access to them is asked for. */
import hosts from '../hosts.json';

const observed = [...hosts.pages, ...hosts.services];

export const pagePatterns = (): string[] => hosts.pages.map((host) => `https://${host}/*`);

export const requestPatterns = (): string[] => observed.flatMap((host) => [`https://${host}/*`, `wss://${host}/*`]);

export const hostPermissions = requestPatterns;

export const isPage = (host: string): boolean => hosts.pages.includes(host);
