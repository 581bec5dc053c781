/** A party in a thread, for tests. */
import { runWorkerParty } from '../../session/parties/worker-party.ts';
import { clearLevels, commitClear } from '../support/clear-protocol.ts';

runWorkerParty({ levels: clearLevels, commit: commitClear });
