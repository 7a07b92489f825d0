// The reactions that there are, each with what it is called when someone did it.

export const REACTIONS = { like: "liked", love: "loved", laugh: "laughed at", cheer: "cheered" };
