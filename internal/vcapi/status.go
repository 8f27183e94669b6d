package vcapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

// status warns of what the credential's status entries say, and of what could
// not be learnt: that is neither a success nor a failure.
func (o *Asked) status(ctx context.Context, c object) Problems {
	var out Problems
	for _, x := range list(c["credentialStatus"]) {
		entry, _ := x.(object)
		if !slices.Contains(texts(entry["type"]), "BitstringStatusListEntry") {
			continue
		}
		purpose, _ := entry["statusPurpose"].(string)
		set, err := o.isSet(ctx, entry, purpose, partyID(c["issuer"]))
		switch {
		case err != nil:
			out = append(out, Problem{typeStatus, "Status could not be checked", err.Error()})
		case set:
			out = append(out, Problem{typeStatus, "Status", "The credential's entry in its list of purpose " + purpose + " is set."})
		}
	}
	return out
}

// isSet looks the entry up in its list, which must be the issuer's own, for the
// purpose, and valid now (Bitstring Status List 1.0, 3.2).
func (o *Asked) isSet(ctx context.Context, entry object, purpose, issuer string) (bool, error) {
	address, _ := entry["statusListCredential"].(string)
	number, _ := entry["statusListIndex"].(string)
	index, err := strconv.Atoi(number)
	if err != nil {
		return false, fmt.Errorf("the entry's index cannot be read")
	}
	text, err := o.source.StatusList(ctx, address, time.Time{})
	if err != nil {
		return false, fmt.Errorf("the status list could not be had")
	}
	l, err := o.openList(ctx, text)
	if err != nil {
		return false, err
	}
	subject, _ := l["credentialSubject"].(object)
	encoded, _ := subject["encodedList"].(string)
	switch {
	case !slices.Contains(texts(l["type"]), "BitstringStatusListCredential"), l["id"] != address, partyID(l["issuer"]) != issuer:
		return false, fmt.Errorf("the status list is not the issuer's own")
	case !slices.Contains(texts(subject["statusPurpose"]), purpose):
		return false, fmt.Errorf("the status list has another purpose")
	case len(o.period(l)) > 0:
		return false, fmt.Errorf("the status list is out of date")
	}
	bits, err := statuslist.Decode(encoded)
	if err != nil {
		return false, err
	}
	return bits.Has(index)
}

// openList verifies a list in either form.
func (o *Asked) openList(ctx context.Context, text string) (object, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		wrapped, err := json.Marshal(map[string]any{"@context": []string{contextV2}, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + text})
		if err != nil {
			return nil, fmt.Errorf("reading the status list: %w", err)
		}
		c, err := decode(wrapped)
		if err != nil {
			return nil, err
		}
		held, _, err := o.enveloped(ctx, c, KindCredential)
		return held, err
	}
	l, err := decode([]byte(text))
	if err != nil {
		return nil, err
	}
	return l, o.embedded(ctx, []byte(text), l)
}
