/** Who is richer, and nothing else (Yao, "Protocols for secure computations", 1982). */
import type { u64 } from 'hypergate:mpc';

interface Millionaire {
  wealth: u64;
}

export default function main(alice: Millionaire, bob: Millionaire) {
  return {
    all: {
      aliceIsRicher: alice.wealth > bob.wealth,
      equal: alice.wealth === bob.wealth,
    },
  };
}
