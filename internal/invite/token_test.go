// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
)

func TestATokenShowsItsSecretToTheMailAlone(t *testing.T) {
	token, err := invite.NewToken(uid, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := token.Reveal()[len(uid)+1:]
	for _, shown := range []string{fmt.Sprint(token), fmt.Sprintf("%+v %#v %s %q", token, token, token, token), fmt.Sprintf("%v", &token)} {
		if strings.Contains(shown, secret) {
			t.Errorf("it shows %s", shown)
		}
	}
	again, ok := invite.ParseToken(token.Reveal())
	if !ok || again != token || again.Grant() != uid {
		t.Errorf("read back as %s", again)
	}
}

func TestWhatIsNoTokenIsNotLookedUp(t *testing.T) {
	secret := strings.Repeat("A", 43)
	for name, text := range map[string]string{
		"nothing":               "",
		"a secret alone":        secret,
		"a UID alone":           uid,
		"a short secret":        uid + "." + secret[1:],
		"a long secret":         uid + "." + secret + "A",
		"upper case":            strings.ToUpper(uid) + "." + secret,
		"another name":          "../../kube-system/token-00000000000000." + secret,
		"a line feed":           uid + "." + secret + "\n",
		"a letter of no base64": uid + "." + secret[1:] + "+",
	} {
		t.Run(name, func(t *testing.T) {
			if token, ok := invite.ParseToken(text); ok {
				t.Errorf("taken as %s", token)
			}
		})
	}
}

func TestAGuessIsUnknown(t *testing.T) {
	in := asked()
	right := *try(t, &in, invite.OutcomeSent).Token
	wrong, err := invite.NewToken(uid, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	broken := in.State
	broken.Links = []invite.Link{{Hash: nil, ExpiresAt: now.Add(time.Hour)}, {Hash: []byte("short"), ExpiresAt: now.Add(time.Hour)}}
	for name, tc := range map[string]struct {
		state invite.State
		token invite.Token
	}{
		"a wrong secret":               {in.State, wrong},
		"a wrong secret, used":         {in.State.Redeem(now), wrong},
		"a right secret, nothing kept": {invite.State{}, right},
		"a right secret, broken state": {broken, right},
	} {
		t.Run(name, func(t *testing.T) {
			if verdict := tc.state.Verify(tc.token, now.Add(1000*time.Hour)); verdict != invite.Unknown {
				t.Errorf("it is %s", verdict)
			}
		})
	}
}

func TestAnInvitationWantsRandomness(t *testing.T) {
	for name, random := range map[string]io.Reader{"none": bytes.NewReader(make([]byte, 31)), "broken": iotest.ErrReader(errors.New("broken"))} {
		t.Run(name, func(t *testing.T) {
			if attempt, err := invite.Begin(asked(), random); err == nil {
				t.Errorf("%+v", attempt)
			}
		})
	}
}

func TestWhatIsKeptHoldsNoTokenAndIsSmall(t *testing.T) {
	in := asked()
	in.Grant.Spec.Email = v1alpha1.Email(strings.Repeat("a", 64) + "@" + strings.Repeat("b", 185) + ".com")
	resend(&in, v1alpha1.RequestID(strings.Repeat("世", 63)))
	var secrets []string
	for range invite.MaxLinks {
		secrets = append(secrets, try(t, &in, invite.OutcomeUnknown).Token.Reveal()[len(uid)+1:])
		in.Now = in.Now.Add(time.Hour + time.Nanosecond)
	}
	in.State = in.State.Redeem(in.Now)
	data, err := in.State.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if bytes.Contains(data[invite.SecretKey], []byte(secret)) {
			t.Error("a token is kept")
		}
	}
	again, err := invite.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.State, again); diff != "" {
		t.Errorf("(-kept +read):\n%s", diff)
	}
	if name := invite.SecretName(uid); name != "invitation-"+uid {
		t.Errorf("it is kept in %s", name)
	}
}

func TestWhatIsNotTheOperatorsIsRefused(t *testing.T) {
	for name, value := range map[string]string{"nothing": "", "no JSON": "{", "too much": `{"recipient":"` + strings.Repeat("a", 4096) + `"}`} {
		t.Run(name, func(t *testing.T) {
			if _, err := invite.Decode(map[string][]byte{invite.SecretKey: []byte(value)}); err == nil || !strings.Contains(err.Error(), "spec.invitation.resend") {
				t.Errorf("%v", err)
			}
		})
	}
}
