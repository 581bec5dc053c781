/** Who counts as one client by its address: of IPv6 the first 64 bits, as whoever has one address there has all of them. */
export function addressBlock(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [front = '', back] = address.split('::');
  const groups = front.split(':');
  if (back !== undefined) while (groups.length < 4) groups.push('0');
  return groups.slice(0, 4).join(':');
}
