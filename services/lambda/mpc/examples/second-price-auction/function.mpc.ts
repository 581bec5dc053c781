/**
 * Three sealed bids: the highest wins at the price of the second highest (Vickrey, 1961), of equal ones the first. All learn who won (1, 2 or 3) and
 * only the winner the price.
 */
import { max, min, type u8, type u32 } from 'hypergate:mpc';

interface Bidder {
  bid: u32;
}

export default function main(ann: Bidder, ben: Bidder, cem: Bidder) {
  const [a, b, c] = [ann.bid, ben.bid, cem.bid];
  // Of three the second is the middle one.
  const price = max(min(a, b), min(max(a, b), c));
  let winner: u8 = 3;
  if (a >= b && a >= c) winner = 1;
  else if (b >= c) winner = 2;
  return {
    all: { winner },
    ann: { toPay: winner === 1 ? price : 0 },
    ben: { toPay: winner === 2 ? price : 0 },
    cem: { toPay: winner === 3 ? price : 0 },
  };
}
