/** What every custodian answers beside its protocols: control calls, catching up, letters, addresses, erasure. */
import type { Authority, Bytes } from '../../../api/index.ts';
import { CustodyError } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';
import type { KeyShares } from '../party.ts';
import { type Authorisation, asAbort } from './authorisation.ts';
import type { CatchUp } from './catch-up.ts';
import type { Dispatch } from './dispatch.ts';
import {
  decodePageQuestion,
  decodeQuestion,
  encodeHead,
  encodeSignedHead,
  encodeSignedPage,
} from './format/catch-up.ts';
import { controlKinds, decodeAddresses, decodeLetter, encodeBeginning } from './format/control.ts';
import type { PeerLinks } from './links.ts';
import type { Standing } from './standing.ts';
import type { MailboxState } from './store/custodian-store.ts';

export interface ControlModules {
  readonly authorisation: Authorisation;
  readonly authority: Authority;
  readonly catchUp: CatchUp;
  readonly keys: KeyShares;
  readonly links: PeerLinks;
  readonly mailbox: MailboxState;
  readonly standing: Standing;
}

const noBytes = new Uint8Array(0);

export function addControlHandlers(dispatch: Dispatch, modules: ControlModules): void {
  const { authorisation, authority, catchUp, links, mailbox, standing } = modules;
  // Changes of what the authority knows, one after the other; as are letters.
  const changes = new Line();
  const letters = new Line();
  const add = (kind: keyof typeof controlKinds, handler: (body: Bytes) => Promise<Bytes>) =>
    dispatch.addControl(controlKinds[kind], ({ body }) => handler(body));

  add('ping', async () => noBytes);
  add('addresses', async (body) => {
    links.setAddresses(decodeAddresses(body));
    return noBytes;
  });
  add('apply', (body) =>
    changes.run(async () => {
      const audited = authorisation.audited(body);
      await catchUp.requireWhole();
      try {
        return encodeHead(await authority.apply(audited));
      } catch (error) {
        // Calls before this one are missing: until it has them it does not know who may do what.
        if (error instanceof CustodyError && error.reason === 'unavailable') standing.set('catching-up');
        throw asAbort(error);
      }
    }),
  );
  add('begin', () => changes.run(async () => encodeBeginning(await catchUp.begin())));
  add('head', (body) =>
    changes.run(async () => {
      const { head, signature } = await catchUp.signHead(decodeQuestion(body));
      return encodeSignedHead(head, signature);
    }),
  );
  add('page', (body) =>
    changes.run(async () => {
      const { page, signature } = await catchUp.signPage(decodePageQuestion(body));
      return encodeSignedPage(page, signature);
    }),
  );
  add('adopt', (body) =>
    changes.run(async () => {
      await catchUp.adopt(body);
      return noBytes;
    }),
  );
  add('finish', (body) =>
    changes.run(async () => {
      await catchUp.finish(body);
      await eraseDue(modules);
      return noBytes;
    }),
  );
  add('eraseDue', () =>
    changes.run(async () => {
      // A custodian that is behind may not know that a deletion was called off.
      standing.requireReady();
      await eraseDue(modules);
      return noBytes;
    }),
  );
  add('mail', (body) =>
    letters.run(async () => {
      const letter = decodeLetter(body, dispatch.bodyBytesMax);
      if (mailbox.has(letter)) return noBytes;
      try {
        await dispatch.free(letter.kind, letter.body);
      } catch (error) {
        const abort = asAbort(error);
        // It may be taken in later; anything else it would answer again.
        if (abort.reason === 'unavailable') throw abort;
        await mailbox.note(letter);
        throw new ThresholdAbort(abort.reason, abort.custodian, abort.message, { cause: abort });
      }
      await mailbox.note(letter);
      return noBytes;
    }),
  );
}

async function eraseDue({ authority, keys }: Pick<ControlModules, 'authority' | 'keys'>): Promise<void> {
  const handles = await authority.dueForErasure();
  for (const handle of handles) await keys.remove(handle);
  if (handles.length > 0) await authority.erased(handles);
}

/** One after the other, in the order of the calls. */
class Line {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
