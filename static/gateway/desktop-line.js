// How good a picture the line carries: a pure function of what was measured, with the thresholds and their reasons.
"use strict";

// RFB's levels. Sharp is nearly without loss and costs two to three times the bytes of balanced; light costs a third of
// it. More compression costs the workspace's processor, so it is high only where bytes are dear.
export const LEVELS = {
  sharp: { qualityLevel: 9, compressionLevel: 2 },
  balanced: { qualityLevel: 6, compressionLevel: 2 },
  light: { qualityLevel: 2, compressionLevel: 6 },
};
const NAMES = ["light", "balanced", "sharp"];

// There and back, in ms. To 80 a hand does not feel it beside the 50 or so of drawing and showing; above 250 each
// drag is a guess, and every byte that stands in a queue makes it worse.
const RTT_SHARP = 80, RTT_BALANCED = 250;
// Bytes per second while pictures come. A turning object at 1280 × 800 is about 100 kB a picture when sharp and 40 when
// balanced, so these are ten to fifteen pictures a second.
const RATE_SHARP = 1_200_000, RATE_BALANCED = 400_000;
// Below this the line is next door: when few bytes come then, it is the program that draws no more.
const RTT_NEAR = 25;
// Down soon, since a slow picture hurts; up late, since each change is seen. In measurements, one every few seconds.
const DOWN_AFTER = 2, UP_AFTER = 5;

export const START = { level: "balanced", rtts: [], worse: 0, better: 0, rate: null };

// What a line of this kind carries. `rate` is null when nothing moved, which says nothing about it.
export function carries({ rtt, rate }) {
  const isFar = rtt > RTT_NEAR && rate !== null;
  if (rtt > RTT_BALANCED || (isFar && rate < RATE_BALANCED)) return "light";
  if (rtt > RTT_SHARP || (isFar && rate < RATE_SHARP)) return "balanced";
  return "sharp";
}

// The state after one more measurement; its `level` is what to show.
export function next(state, { rtt, rate }) {
  const rtts = [...state.rtts, rtt].slice(-3);
  const seen = { rtt: [...rtts].sort((a, b) => a - b)[rtts.length >> 1], rate: rate ?? state.rate };
  const now = NAMES.indexOf(state.level), wanted = NAMES.indexOf(carries(seen));
  const worse = wanted < now ? state.worse + 1 : 0, better = wanted > now ? state.better + 1 : 0;
  const moved = { ...state, rtts, rate: seen.rate, worse, better };
  if (worse >= DOWN_AFTER) return { ...moved, level: NAMES[now - 1], worse: 0, better: 0 };
  // The bytes of a lighter picture say nothing about a better one's: what was measured is forgotten with each change.
  if (better >= UP_AFTER) return { ...moved, level: NAMES[now + 1], worse: 0, better: 0, rate: null };
  return moved;
}
