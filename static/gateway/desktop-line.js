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
// Down soon, since a slow picture hurts; up late, since each change is seen, and after each fall twice as late, since only
// trying shows whether the line carries more. In measurements, one every few seconds.
const DOWN_AFTER = 2, UP_AFTER = 5, UP_AFTER_MOST = 80;

// Until something was measured it is balanced; the first measurement decides at once.
export const START = { level: "balanced", rtts: [], worse: 0, better: 0, patience: UP_AFTER };

// What a line of this kind carries. `rate` is null when little moved, which says nothing about it.
export function carries({ rtt, rate }) {
  const isFar = rtt > RTT_NEAR && rate !== null;
  if (rtt > RTT_BALANCED || (isFar && rate < RATE_BALANCED)) return "light";
  if (rtt > RTT_SHARP || (isFar && rate < RATE_SHARP)) return "balanced";
  return "sharp";
}

// The state after one more measurement; its `level` is what to show.
export function next(state, { rtt, rate }) {
  const rtts = [...state.rtts, rtt].slice(-3);
  const wanted = carries({ rtt: [...rtts].sort((a, b) => a - b)[rtts.length >> 1], rate });
  if (!state.rtts.length) return { ...state, rtts, level: wanted };
  const now = NAMES.indexOf(state.level), then = NAMES.indexOf(wanted);
  // A pause between two movements takes nothing back of what the first has shown.
  const worse = then < now ? state.worse + 1 : rate === null ? state.worse : 0;
  const better = then > now ? state.better + 1 : 0;
  if (worse >= DOWN_AFTER) {
    const patience = Math.min(2 * state.patience, UP_AFTER_MOST);
    return { level: NAMES[now - 1], rtts, worse: 0, better: 0, patience };
  }
  if (better >= state.patience) return { ...state, level: NAMES[now + 1], rtts, worse: 0, better: 0 };
  return { ...state, rtts, worse, better };
}
