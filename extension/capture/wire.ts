/** What the page's world and the extension's world tell each other, as JSON text over one MessagePort. */

/** `t` in Unix seconds; `data` in base64, `n` its bytes. */
export type FromTap =
  | { k: 'open'; id: number; kind: 'http' | 'websocket'; method: string; url: string; type: string; t: number }
  | { k: 'head'; id: number; status: number; type: string }
  | { k: 'data'; id: number; direction: Direction; frame: Frame; data: string; n: number; t: number }
  | { k: 'end'; id: number; complete: boolean };

/** `stop`: nothing more of this exchange is needed. `on`: whether anything is read at all. */
export type ToTap = { k: 'stop'; id: number } | { k: 'on'; on: boolean };

export type Direction = 'c2s' | 's2c';
export type Frame = 'body' | 'text' | 'binary';

/** Only the first message of this kind is taken, before any script of the page has run. */
export const HELLO = 'groundwire-capture';
