/** The process of a party that the node plays beside the others: started by `mpc.all-parties`. */
import { circuitCommitment } from '../circuit/encode.ts';
import { levels } from '../levels/index.ts';
import { runProcessParty } from '../session/index.ts';

runProcessParty({ levels, commit: circuitCommitment });
