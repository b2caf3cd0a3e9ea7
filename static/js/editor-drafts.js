/* What was typed and not yet acknowledged stays in this browser, for one person and one post-mortem. */
const PREFIX = "post-mortem-draft:";

export const draftsOf = (person, review) => {
  const prefix = `${PREFIX}${person}:${review}:`;
  const safely = (action) => {
    try {
      return action();
    } catch {
      return null; // storage is full or switched off: the page still holds the text
    }
  };
  return {
    // ``open`` is the save that was sent and got no answer: its base, value and key.
    keep: (target, base, text, open) =>
      safely(() => localStorage.setItem(prefix + target, JSON.stringify({ base, text, open }))),
    drop: (target) => safely(() => localStorage.removeItem(prefix + target)),
    all: () =>
      safely(() =>
        Object.keys(localStorage)
          .filter((name) => name.startsWith(prefix))
          .map((name) => ({ target: name.slice(prefix.length), ...JSON.parse(localStorage.getItem(name)) })),
      ) ?? [],
  };
};
