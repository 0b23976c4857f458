/**
 * The background worker: holds the feed, keeps the journal of warnings and hands each to its place.
 *
 * The browser may end it at any moment. An event's sequence number and what it changed are stored in one write, and a warning
 * counts as placed only after it was shown; whatever was cut off in between is done again and recognised by its id.
 */
import { browser } from 'wxt/browser';
import { Capture } from './capture';
import { deliver, notify, show, tell, type Place } from './deliver';
import { Feed } from './feed';
import { hostPermissions } from './hosts';
import { changed, fresh, received, retracted, waiting } from './inbox';
import { CAPTURE, type FromOwnPage, type FromPage, type PairResult } from './messages';
import { pair } from './pairing';
import type { Alert, FeedMessage } from './protocol';
import { observeRequests } from './requests';
import { badgeOf, stateOf } from './state';
import { latest, local, serial, session, setLocal, setSession, type Connection } from './store';
import { loadTexts, say } from './text';

const ALARM = 'wake';
/** The longest that the overlay offers: the message comes out of a page's process, which a page may have taken over. */
const LONGEST_SNOOZE_MIN = 720;
type Sender = { id?: string | undefined; url?: string | undefined; tab?: { id?: number | undefined } | undefined };

export class Background {
  readonly #locally = serial();
  readonly #inSession = serial();
  readonly #placing = new Set<string>();
  readonly #capture = new Capture();
  #connection: Connection['state'] = 'down';

  readonly #feed = new Feed({
    address: async () => {
      const { pairing, seq } = await local('pairing', 'seq');
      return pairing && { url: `ws://127.0.0.1:${pairing.port}/v1/feed`, token: pairing.token, since: seq };
    },
    message: (message) => this.#heard(message),
    state: (state) => void this.#connected(state),
  });

  /** Listeners must stand in the worker's first turn, or the event that woke it is lost. */
  listen(): void {
    observeRequests();
    // The token is none of a page's business; Firefox has no such switch.
    void browser.storage.local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });
    browser.runtime.onInstalled.addListener(() => void this.#wake());
    browser.runtime.onStartup.addListener(() => void this.#wake());
    browser.runtime.onConnect.addListener((port) => {
      if (port.name === CAPTURE) this.#capture.attach(port);
      void this.#feed.wake();
    });
    browser.alarms.onAlarm.addListener(() => void this.#wake());
    browser.notifications.onClicked.addListener((id) => void this.#openNotice(id));
    browser.commands.onCommand.addListener((command, tab) => {
      if (command === 'focus-warning' && tab?.id !== undefined) void tell(tab.id, { kind: 'focus' });
    });
    browser.runtime.onMessage.addListener((message: unknown, sender: Sender, reply: (answer: unknown) => void) => {
      void this.#asked(message as FromPage | FromOwnPage, sender).then(reply, () => reply(undefined));
      return true;
    });
    void this.#wake();
  }

  async #wake(): Promise<void> {
    // Created again each time: browsers drop alarms on some updates.
    await browser.alarms.create(ALARM, { periodInMinutes: 0.5 });
    await Promise.all([this.#feed.wake(), this.#capture.wake()]);
    const { inbox } = await local('inbox');
    const quotes = await session('quotes');
    for (const { alert } of waiting(inbox)) void this.#place({ ...alert, quote: quotes[alert.alert_id] ?? '' });
    await this.#badge();
  }

  async #heard(message: FeedMessage): Promise<void> {
    switch (message.type) {
      case 'alert':
        return this.#warned(message.seq, message.alert);
      case 'retract': {
        await this.#locally(async () => {
          const { inbox, seq } = await local('inbox', 'seq');
          const after = retracted(inbox, message.alert_id, message.reason);
          await setLocal({ inbox: after, seq: Math.max(seq, message.seq) });
        });
        const page = (await session('shown'))[message.alert_id];
        if (page) await tell(page.tab, { kind: 'retract', alert_id: message.alert_id, reason: message.reason });
        await browser.notifications.clear(message.alert_id);
        return this.#badge();
      }
      case 'status':
        if (message.seq) await this.#counted(message.seq);
        await this.#inSession(async () => {
          const connection = await session('connection');
          await setSession({ connection: { ...connection, status: message.status } });
        });
        return this.#badge();
      case 'reset':
        return this.#locally(() => setLocal({ seq: message.since }));
      case 'ping':
        // A call to the browser is what keeps Firefox's event page alive; the message alone does it in Chromium.
        await browser.runtime.getPlatformInfo();
        return;
      case 'score':
        return;
    }
  }

  #counted(seq: number): Promise<void> {
    return this.#locally(async () => {
      const before = (await local('seq')).seq;
      if (seq > before) await setLocal({ seq });
    });
  }

  async #warned(seq: number, alert: Alert): Promise<void> {
    if (alert.quote) {
      await this.#inSession(async () => setSession({ quotes: latest(await session('quotes'), alert.alert_id, alert.quote) }));
    }
    const isNew = await this.#locally(async () => {
      const now = await local('inbox', 'known', 'seq');
      const after = received(now, alert);
      await setLocal({ ...after, seq: Math.max(now.seq, seq) });
      return after !== null;
    });
    // Not awaited: looking for the right tab may take a second, and the next warning must not wait for it.
    if (isNew) void this.#place(alert).then(() => this.#badge());
    await this.#badge();
  }

  async #place(alert: Alert): Promise<void> {
    if (this.#placing.has(alert.alert_id)) return;
    this.#placing.add(alert.alert_id);
    try {
      await this.#placed(alert, await deliver(alert));
    } finally {
      this.#placing.delete(alert.alert_id);
    }
  }

  async #placed(alert: Alert, { placed, tab, page }: Place): Promise<void> {
    if (tab !== undefined && page !== undefined) {
      await this.#inSession(async () => setSession({ shown: latest(await session('shown'), alert.alert_id, { tab, host: page }) }));
    }
    await this.#change(alert.alert_id, { placed });
    const { inbox } = await local('inbox');
    const entry = inbox.find((one) => one.alert.alert_id === alert.alert_id);
    // Withdrawn while it was being placed.
    if (tab !== undefined && entry?.state === 'retracted') {
      await tell(tab, { kind: 'retract', alert_id: alert.alert_id, reason: 'withdrawn' });
    }
  }

  #change(alert_id: string, change: Parameters<typeof changed>[2]): Promise<void> {
    return this.#locally(async () => setLocal({ inbox: changed((await local('inbox')).inbox, alert_id, change) }));
  }

  async #connected(state: Connection['state']): Promise<void> {
    this.#connection = state;
    await this.#inSession(async () => {
      const { status } = await session('connection');
      await setSession({ connection: { state: this.#connection, status: state === 'up' ? status : null } });
    });
    if (state === 'up') await this.#post();
    await this.#badge();
  }

  async #asked(message: FromPage | FromOwnPage, sender: Sender): Promise<unknown> {
    if (sender.id !== browser.runtime.id) return undefined;
    const own = sender.url?.startsWith(browser.runtime.getURL('/')) ?? false;
    void this.#feed.wake();
    switch (message.kind) {
      case 'page':
        return this.#pageOpened(sender);
      case 'seen':
        await this.#change(message.alert_id, { state: 'seen' });
        return this.#badge();
      case 'dismiss':
        return this.#dismiss(message.alert_id);
      case 'snooze':
        await this.#locally(() =>
          setLocal({ snooze: { until: Date.now() + Math.min(message.minutes, LONGEST_SNOOZE_MIN) * 60_000, reason: message.reason } }),
        );
        return this.#badge();
      case 'lost':
        return this.#lost(message.alert_id);
    }
    if (!own) return undefined;
    switch (message.kind) {
      case 'pair':
        return this.#pair(message.code);
      case 'unpair':
        this.#feed.close();
        await this.#locally(() => setLocal({ pairing: null, snooze: null, seq: 0, inbox: [], outbox: [], known: [] }));
        await setSession({ quotes: {}, shown: {} });
        await this.#capture.restart();
        return this.#connected('down');
      case 'changed':
        await this.#feed.wake();
        return this.#badge();
      case 'seen_all':
        await this.#locally(async () => {
          const { inbox } = await local('inbox');
          await setLocal({ inbox: inbox.map((entry) => (entry.state === 'new' ? { ...entry, state: 'seen' as const } : entry)) });
        });
        return this.#badge();
    }
  }

  async #pair(code: string): Promise<PairResult> {
    const answer = await pair(code, 'Browser');
    if ('result' in answer) return answer.result;
    this.#feed.close();
    await this.#locally(() => setLocal({ pairing: answer.pairing, seq: 0, inbox: [], known: [], outbox: [] }));
    await this.#connected('down');
    await Promise.all([this.#feed.wake(), this.#capture.restart()]);
    return { ok: true };
  }

  /** A page that was reloaded shows again what was not answered. */
  async #pageOpened(sender: Sender): Promise<void> {
    const tab = sender.tab?.id;
    if (tab === undefined) return;
    const [{ inbox }, shown, quotes] = await Promise.all([local('inbox'), session('shown'), session('quotes')]);
    for (const { alert, state } of [...inbox].reverse()) {
      const place = shown[alert.alert_id];
      if (state !== 'new' || place?.tab !== tab) continue;
      await show({ ...alert, quote: quotes[alert.alert_id] ?? '' }, { tab, page: place.host });
    }
  }

  async #lost(alert_id: string): Promise<void> {
    const { inbox } = await local('inbox');
    const entry = inbox.find((one) => one.alert.alert_id === alert_id);
    if (!entry || entry.state !== 'new') return;
    await notify(entry.alert);
    await this.#change(alert_id, { placed: 'notice' });
  }

  async #dismiss(alert_id: string): Promise<void> {
    await this.#change(alert_id, { state: 'dismissed' });
    await this.#locally(async () => {
      const { outbox } = await local('outbox');
      if (!outbox.includes(alert_id)) await setLocal({ outbox: [...outbox, alert_id] });
    });
    await this.#post();
    await this.#badge();
  }

  /** What could not be told stays in the outbox until the feed is up again. */
  async #post(): Promise<void> {
    const { pairing, outbox } = await local('pairing', 'outbox');
    if (!pairing) return;
    for (const alert_id of outbox) {
      const url = `http://127.0.0.1:${pairing.port}/v1/alerts/${encodeURIComponent(alert_id)}/dismiss`;
      const headers = { 'Authorization': `Bearer ${pairing.token}`, 'Content-Type': 'application/json' };
      try {
        const answer = await fetch(url, { method: 'POST', headers, body: '{}', credentials: 'omit' });
        // 404 and 410: the warning is no longer kept there, so there is nothing left to tell.
        if (!answer.ok && answer.status !== 404 && answer.status !== 410) return;
      } catch {
        return;
      }
      await this.#locally(async () => {
        const now = await local('outbox');
        await setLocal({ outbox: now.outbox.filter((id) => id !== alert_id) });
      });
    }
  }

  async #openNotice(alert_id: string): Promise<void> {
    const page = (await session('shown'))[alert_id];
    if (page) await browser.tabs.update(page.tab, { active: true }).catch(() => undefined);
    else await browser.tabs.create({ url: browser.runtime.getURL('/popup.html') });
    await browser.notifications.clear(alert_id);
  }

  async #badge(): Promise<void> {
    const { pairing, settings, snooze, inbox } = await local('pairing', 'settings', 'snooze', 'inbox');
    const access = await browser.permissions.contains({ origins: hostPermissions() });
    const state = stateOf({ pairing, access, connection: await session('connection'), snooze, now: Date.now() });
    const { text, colour } = badgeOf(state, fresh(inbox));
    const { texts } = await loadTexts(settings.language);
    await Promise.all([
      browser.action.setBadgeText({ text }),
      browser.action.setBadgeBackgroundColor({ color: colour }),
      browser.action.setTitle({ title: `${say(texts, 'name')}: ${say(texts, `state_${state.kind}`)}` }),
    ]);
  }
}
