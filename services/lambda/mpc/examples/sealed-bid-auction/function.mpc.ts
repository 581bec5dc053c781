/**
 * Three sealed bids: the highest wins and pays what it bid, of equal ones the first. All learn who won (1, 2 or 3) and only the winner the
 * price. Where the winner is to pay the second price: second-price-auction.
 */
import type { u8, u32 } from 'hypergate:mpc';

interface Bidder {
  bid: u32;
}

export default function main(ann: Bidder, ben: Bidder, cem: Bidder) {
  let winner: u8 = 1;
  let price = ann.bid;
  if (ben.bid > price) {
    winner = 2;
    price = ben.bid;
  }
  if (cem.bid > price) {
    winner = 3;
    price = cem.bid;
  }
  return {
    all: { winner },
    ann: { toPay: winner === 1 ? price : 0 },
    ben: { toPay: winner === 2 ? price : 0 },
    cem: { toPay: winner === 3 ? price : 0 },
  };
}
