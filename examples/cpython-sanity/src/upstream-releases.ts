// Version names as their projects published them; dates and identifiers are made up where they decide nothing.
const cpythonLines: Readonly<Record<string, number>> = { "3.9": 25, "3.10": 20, "3.11": 15, "3.12": 13, "3.13": 13 };
const cpythonRecent = [
  ...[
    "3.14.0a1",
    "3.14.0a7",
    "3.14.0b1",
    "3.14.0b4",
    "3.14.0rc1",
    "3.14.0rc3",
    "3.14.0",
    "3.14.1",
    "3.14.2",
    "3.14.3",
    "3.14.4",
  ],
  ...[
    "3.14.5rc1",
    "3.15.0a1",
    "3.15.0a2",
    "3.15.0a3",
    "3.15.0a4",
    "3.15.0a5",
    "3.15.0a6",
    "3.15.0a7",
    "3.15.0a8",
    "3.15.0b1",
  ],
];

/** A release as python.org lists it. */
export interface PythonOrgRelease {
  readonly name: string;
  readonly slug: string;
  readonly version: number;
  readonly is_published: boolean;
  readonly is_latest: boolean;
  readonly release_date: string;
  readonly pre_release: boolean;
  readonly release_page: null;
  readonly release_notes_url: string;
  readonly show_on_download_page: boolean;
  readonly resource_uri: string;
}

/** What `GET /api/v2/downloads/release/` answers: one array, ordered by the text of the name, as the real one is. */
export function pythonOrgListing(): readonly PythonOrgRelease[] {
  const older = Object.entries(cpythonLines).flatMap(([line, last]) =>
    Array.from({ length: last + 1 }, (_, patch) => `${line}.${patch}`),
  );
  const names = [...older, ...cpythonRecent].map((version) => `Python ${version}`);
  return [...names, "Python install manager 25.0"].sort().map((name, index) => {
    const version = name.slice("Python ".length);
    return {
      name,
      slug: name.toLowerCase().replaceAll(" ", "-").replaceAll(".", ""),
      version: name.includes("manager") ? 100 : 3,
      is_published: true,
      is_latest: version === "3.14.4",
      release_date: `2026-04-${String((index % 28) + 1).padStart(2, "0")}T12:00:00Z`,
      pre_release: /(a|b|rc)\d+$/.test(version),
      release_page: null,
      release_notes_url: "",
      show_on_download_page: true,
      resource_uri: `https://www.python.org/api/v2/downloads/release/${index + 1}/`,
    };
  });
}

// Last patch of each minor line that the projects released on GitHub, newest line first.
const numpyLines: Readonly<Record<string, number>> = {
  ...{
    "2.4": 2,
    "2.3": 5,
    "2.2": 6,
    "2.1": 3,
    "2.0": 2,
    "1.26": 4,
    "1.25": 2,
    "1.24": 4,
    "1.23": 5,
    "1.22": 4,
    "1.21": 6,
  },
  ...{ "1.20": 3, "1.19": 5, "1.18": 5, "1.17": 5, "1.16": 6, "1.15": 4, "1.14": 6, "1.13": 3, "1.12": 1, "1.11": 3 },
};
const scipyLines: Readonly<Record<string, number>> = {
  ...{
    "1.17": 0,
    "1.16": 3,
    "1.15": 3,
    "1.14": 1,
    "1.13": 1,
    "1.12": 0,
    "1.11": 4,
    "1.10": 1,
    "1.9": 3,
    "1.8": 1,
    "1.7": 3,
  },
  ...{ "1.6": 3, "1.5": 4, "1.4": 1, "1.3": 3, "1.2": 3, "1.1": 0, "1.0": 1, "0.19": 1, "0.18": 1, "0.17": 1 },
};

/** Releases of numpy, newest created first: a release candidate and a backport come before the highest version. */
export function numpyReleases(): readonly string[] {
  return ["v2.5.0rc1", "v1.26.4", ...tagsOf(numpyLines).filter((tag) => tag !== "v1.26.4")];
}

/** Releases of scipy, newest created first. */
export function scipyReleases(): readonly string[] {
  return ["v1.18.0rc1", ...tagsOf(scipyLines)];
}

function tagsOf(lines: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(lines).flatMap(([line, last]) =>
    Array.from({ length: last + 1 }, (_, index) => `v${line}.${last - index}`),
  );
}
