/** One page of the browser: what runs in it, and what went wrong in it. */
import type { DevTools, Fields } from './devtools.ts';

export class Page {
  /** Uncaught errors, and what the console holds as an error: refused by the security policy, not found, not loaded. */
  readonly faults: string[] = [];
  readonly #devtools: DevTools;
  readonly #session: string;

  private constructor(devtools: DevTools, session: string) {
    this.#devtools = devtools;
    this.#session = session;
  }

  /** Ready when everything that the page names is loaded. */
  static async open(devtools: DevTools, url: string): Promise<Page> {
    const { targetId } = await devtools.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await devtools.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(devtools, String(sessionId));
    const loaded = Promise.withResolvers<void>();
    devtools.on((method, params, session) => {
      if (session !== sessionId) return;
      if (method === 'Page.loadEventFired') loaded.resolve();
      page.#note(method, params);
    });
    for (const domain of ['Runtime', 'Log', 'Page', 'DOM']) await page.#call(`${domain}.enable`);
    const { errorText } = await page.#call('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`);
    await loaded.promise;
    return page;
  }

  /** Calls a function that a module of the site exports. @param args plain values */
  async run(module: string, name: string, ...args: readonly unknown[]): Promise<unknown> {
    const values = args.map((arg) => JSON.stringify(arg)).join(', ');
    const expression = `import(${JSON.stringify(module)}).then((module) => module[${JSON.stringify(name)}](${values}))`;
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value?: unknown }; exceptionDetails?: Fields };
    if (exceptionDetails !== undefined) throw new Error(`in the page: ${described(exceptionDetails)}`);
    return result.value;
  }

  /** As a person chooses a file. @param selector of an `<input type="file">` */
  async choose(selector: string, path: string): Promise<void> {
    const { root } = (await this.#call('DOM.getDocument')) as { root: { nodeId: number } };
    const { nodeId } = await this.#call('DOM.querySelector', { nodeId: root.nodeId, selector });
    await this.#call('DOM.setFileInputFiles', { files: [path], nodeId });
  }

  #call(method: string, params: Fields = {}): Promise<Fields> {
    return this.#devtools.call(method, params, this.#session);
  }

  #note(method: string, params: Fields): void {
    if (method === 'Runtime.exceptionThrown') this.faults.push(described(params.exceptionDetails as Fields));
    if (method === 'Inspector.targetCrashed') this.faults.push('the page crashed');
    if (method !== 'Log.entryAdded') return;
    const { level, text, url } = params.entry as Fields;
    if (level === 'error') this.faults.push(`${String(text)} ${String(url ?? '')}`);
  }
}

function described({ text, exception }: Fields): string {
  return String((exception as Fields | undefined)?.description ?? text);
}
