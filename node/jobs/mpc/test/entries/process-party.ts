/** A party in a process of its own, for tests. */
import { runProcessParty } from '../../session/parties/process-party.ts';
import { clearLevels, commitClear } from '../support/clear-protocol.ts';

runProcessParty({ levels: clearLevels, commit: commitClear });
