package main

func pageCalls() map[string]call {
	return map[string]call{
		"GET /anchors.json": {own: 200, other: 200, fresh: func(*house, string) (string, string) { return "/anchors.json", "" }},
	}
}
