export async function repairWriteAhead(_location: string): Promise<void> {}
