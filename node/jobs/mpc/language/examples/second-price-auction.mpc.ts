/**
 * A sealed-bid auction in which the highest bid wins at the price of the second highest (Vickrey, 1961). Of equal bids the first wins.
 * Bidders learn who won; the winner and the seller learn the price; the losing bids stay secret.
 */
import { type bool, type FixedArray, u8, type u32 } from 'hypergate:mpc';

interface Bidder {
  bid: u32;
}

interface Sale {
  winner: u8;
  price: u32;
}

/** @param bids at least two */
function secondPrice<N extends number>(bids: FixedArray<u32, N>): Sale {
  let winner: u8 = 0;
  let highest = bids[0];
  let second: u32 = 0;
  for (let i = 1; i < bids.length; i++) {
    if (bids[i] > highest) {
      second = highest;
      highest = bids[i];
      winner = u8(i);
    } else if (bids[i] > second) {
      second = bids[i];
    }
  }
  return { winner, price: second };
}

function priceIf(won: bool, price: u32): u32 {
  return won ? price : 0;
}

export default function main(seller: { reserve: u32 }, ann: Bidder, ben: Bidder, cem: Bidder) {
  // The reserve is a bid of the seller's own: a winner 0 means that nothing is sold.
  const { winner, price } = secondPrice([seller.reserve, ann.bid, ben.bid, cem.bid]);
  return {
    all: { winner },
    seller: { price },
    ann: { toPay: priceIf(winner === 1, price) },
    ben: { toPay: priceIf(winner === 2, price) },
    cem: { toPay: priceIf(winner === 3, price) },
  };
}
