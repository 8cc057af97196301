// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"regexp"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// price is how the API's schema has prices written. It keeps out exponents, by which a few characters are a
// number of many megabytes.
var price = regexp.MustCompile(`^(0|[1-9][0-9]{0,11})([.][0-9]{1,6})?$`)

// usualPlaces are the decimal places of a currency that is not known.
const usualPlaces = 2

// prices of a list.
type prices struct {
	endUser, unit, prepaidUnit decimal.Decimal
	// prepaid is the number of units at prepaidUnit.
	prepaid int64
	// places are the decimal places that amounts are written with, at least: none has more.
	places int32
}

// pricesOf a list; false where one of them is no price, which the API's schema refuses.
func pricesOf(spec v1alpha1.PriceListSpec) (prices, bool) {
	known := prices{places: placesOf(spec.Currency)}
	type field struct {
		written v1alpha1.Price
		read    *decimal.Decimal
	}
	fields := []field{{spec.EndUserPrice, &known.endUser}, {spec.UnitCost, &known.unit}}
	if spec.Prepaid != nil {
		known.prepaid = max(int64(*spec.Prepaid), 0)
		fields = append(fields, field{spec.PrepaidUnitCost, &known.prepaidUnit})
	}
	for _, field := range fields {
		if !price.MatchString(string(field.written)) {
			return prices{}, false
		}
		amount, err := decimal.NewFromString(string(field.written))
		if err != nil {
			return prices{}, false // the error quotes the price
		}
		*field.read = amount
		known.places = max(known.places, -amount.Exponent())
	}
	return known, true
}

// placesOf a currency are the decimal places that it is usually written with.
func placesOf(code string) int32 {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return usualPlaces
	}
	places, _ := currency.Standard.Rounding(unit)
	return int32(places)
}

// of is what units cost and earn, of which some are prepaid.
func (p prices) of(units, prepaid int64) sums {
	paidBefore := p.prepaidUnit.Mul(decimal.NewFromInt(prepaid))
	paidNow := p.unit.Mul(decimal.NewFromInt(units - prepaid))
	return sums{
		units:   units,
		prepaid: prepaid,
		revenue: p.endUser.Mul(decimal.NewFromInt(units)),
		cost:    paidBefore.Add(paidNow),
		places:  p.places,
	}
}

// sums are exact.
type sums struct {
	units, prepaid int64
	revenue, cost  decimal.Decimal
	places         int32
}

func (s sums) plus(other sums) sums {
	return sums{
		units:   s.units + other.units,
		prepaid: s.prepaid + other.prepaid,
		revenue: s.revenue.Add(other.revenue),
		cost:    s.cost.Add(other.cost),
		places:  max(s.places, other.places),
	}
}

// said is how a status says them.
func (s sums) said() v1alpha1.PriceSums {
	return v1alpha1.PriceSums{
		Units:        &s.units,
		PrepaidUnits: &s.prepaid,
		Revenue:      s.amount(s.revenue),
		Cost:         s.amount(s.cost),
		Margin:       s.amount(s.revenue.Sub(s.cost)),
	}
}

// amount is written out in full: no amount has more places than the finest price.
func (s sums) amount(money decimal.Decimal) v1alpha1.Amount {
	return v1alpha1.Amount(money.StringFixed(s.places))
}
